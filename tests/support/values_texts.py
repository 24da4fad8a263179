"""Random values files for the whole product, as text: legal lists written in every way YAML has, and some wrong ones.

A tree is drawn first (what is said), then written (how it is spelled): quotes, blocks, flow, anchors, merges, comments,
line ends. Strings are written so that they stay strings; `Raw` is text that stands as it is, to be read as it may.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from tests.support.yaml_writer import Raw, write

Chance: TypeAlias = random.Random
Tree: TypeAlias = Any
"""A dict with text keys, a list, text, or Raw."""


class Example(NamedTuple):
    """Values files in order, and --set flags of all kinds, each as (flag, text)."""

    files: tuple[bytes, ...]
    flags: tuple[tuple[str, str], ...]
    release: str


REPOS: Final = (
    "acme/one", "acme/two", "acme/three", "paradigmxyz/centaur", "Acme/One", "a.b/c-d", "_x/.dot", "12/34", "1e3/0x1f",
    "x/y_z.1", "Public/x", "overlays/x", "Overlays/x", "a/b--c", "z/..x", f"{'o' * 100}/{'n' * 100}",
)  # fmt: skip
BAD_REPOS: Final = (
    "", "public/x", "private/y", "acme/one.git", "acme/..", "acme/.", "-a/b", "a//b", "acme", "a/b/c", "é/x", "a/b\n",
    "a b/c", ".a/b", "a/-b", f"{'o' * 101}/x", "a/b:c", "https://github.com/a/b",
)  # fmt: skip
REFS: Final = (
    "main", "dev", "v1.2.0", "feature/x", "5da358a2", "1234567", "0123456", "12e4", "1e3", "on", "y", "null", "true",
    "0x1f", "1_000", "1.10", "2024-01-01", "über/zweig", "漢字", "🎉", "a@b", "@x", "x}", "{y", "#1", "a#b", "'q'",
    'a"b', "<b>&c", "a!b", "%41", "!x", "&x", "|", ">", "`x`", "(x)", "a;b", "x'", "]", "a.b.c", "+1", "a]b", "HEAD",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709", "é", "e\u0301", "a\u2010b", "\U0010ffff", "a\u200bb"[:1] + "b",
)  # fmt: skip
BAD_REFS: Final = (
    "a b", "-x", "/x", "x/", "x.", ".x", "a..b", "a.lock", "a.lock/b", "x~1", "x^", "a:b", "a?b", "a*b", "a[b", "a\\b",
    "@", "a@{b", "a//b", "$x", "a=b", "a,b", "a\tb", "main\n", "a\u00a0b", "a\u2028b", "a\ufeffb", "\u200b", "a\x7f",
)  # fmt: skip
PATHS: Final = (
    "", "tools", "packages/tools", ".agents/skills", "workflows", "a.b", "ü/ö", "x&y", "<t>", "a,b", "a=b", "a;b", "#x",
    "a'b", 'a"b', "@x", "~x", "%x", "a!b", "true", "1.0", "null", "x|y", "..a", "a..", "...", "漢/字", "!x", "&x",
    "`x`", "e\u0301", "\U0001f600",
)  # fmt: skip
BAD_PATHS: Final = (
    "/x", "x/", "a//b", "../x", "a/../b", "a/./b", "..", "a:b", "a b", "-x", "*", "a?b", "[a]", "{a}", "$x", "a\\b",
    "tools\n", "a\u00a0b", "a\u2028b", "\ufeff", "a\tb", "~", "~/x",
)  # fmt: skip
OVERRIDES: Final = ("skills/pdf", "workflows/daily: report #1", "tools/ü", "personas/<no value>")
SKILLS: Final = ("pdf", "code-review", "a", "0-1")
PATTERNS: Final = (
    "pdf", "code-*", "*", "?", "[a-c]x", "[!a]", "[^a]", "[a", "[]", "", " a ", "!x", "{a,b}", "a\\*", "x\n## y",
    "<b>&", "<no value>", "\u2028", "漢", "A_b.C/d", "\x07", "'", '"', "-", "true", "1e3", "a: b", "x" * 256,
)  # fmt: skip
BAD_OVERRIDES: Final = ("skills", "skills/", "prompt/x", "tools/a\nb", "personas/\u2028", "")
URLS: Final = (
    "https://git.example.com/a/one.git", "http://127.0.0.1:8080/x", "https://github.com/acme/one", "https://h:99999",
    "https://A.b-c.D:8443/~u/%20/a+b.git", "https://x", "https://GitHub.com/acme/one.git",
)  # fmt: skip
BAD_URLS: Final = ("ssh://x/y", "https://u:p@h/x", "https://h/x?y", "https://-h/x", "git@h:x/y", "https://h/x y", "")
TEXTS: Final = (
    "", " lead", "trail ", "a\tb", "one\ntwo\n", "\n", "\n\n", "a\r\nb\r\n", "\r", "<no value>", "x <no value> y",
    "{{ .Values.x }}", "$(HOME) $$ ${X}", "<a&b>", "\u2028", "a\u2029b", "é漢🎉", "\ufeff", "\u00a0", "\u200b", '"',
    "\\", '\\"', "\\n", "\\u003c", "'", "''", "%!s(x)", "%s", "null", "~", "1e6", "1000000", "yes", "---", "...",
    "# no", "a #b", ": ", "a: b", "- x", "x:", "*a", "&a", "!t", "@x", "`", "{a}", "[a]", "?", "|", ">", "=", "<<",
    "long " * 60,
    "\ufffe", "\uffff", "\U0010ffff", "\U000e0001", "e\u0301", "\u202e", "\u00ad", "  two\n   three\n", "\tx", "x\n\ty",
    "trail \nspaces \n", "/app/tools", "\ue000",
)  # fmt: skip
BAD_TEXTS: Final = ("\x00", "\x07", "a\x1bb", "\x7f", "\x85", "\x9f", "\b", "\f")
NUMBERS: Final = (
    "1", "0", "-1", "1000000", "1234567", "123456789012", "1.5", "1.50", "-0.0", "0.0", "-0", "0x1f", "1e3", "1_000",
    "0777", "0o777", "0128", "1e-7", ".5", "+1", "+.5", "123456.789", "1234567.5", "1e15", "9007199254740991", "0.1",
    "1e-320",
    "100000.0", "1.0e6", "-123456789.25", "0b11", "4e-324", "999999.9", "3.0e0",
)  # fmt: skip
BAD_NUMBERS: Final = ("9007199254740992", "-9007199254740992", "1e16", "1e300", ".inf", ".nan", "18446744073709551616")
WORDS: Final = ("true", "false", "yes", "no", "on", "Off", "y", "N", "True", "12:34", "2024-01-01", "tRuE", "!!str 1")
NAMES: Final = ("A", "B", "Z9", "_x", "lower", "a", "NEW_NAME", "Y", "n", "on", "NULL", "true", "A_B", "B2", "B10")
BAD_NAMES: Final = ("OVERLAYS_DIGEST", "1A", "A-B", "A B", "", "É", "A=B", "A\n", "A.B")
API_NAMES: Final = (
    "TOOL_DIRS", "WORKFLOW_DIRS", "REPOS_PATH", "REPOS_PVC", "CENTAUR_OVERLAY_DIR", "KUBERNETES_TOOLS_REF",
    "KUBERNETES_TOOLS_REPO", "KUBERNETES_TOOLS_EXTRA_SOURCES", "KUBERNETES_PUBLIC_TOOL_DIRS",
    "KUBERNETES_WORKFLOW_DIRS",
)  # fmt: skip
SANDBOX_NAMES: Final = (
    "CENTAUR_SKILL_DIRS", "CENTAUR_PUBLIC_SKILL_DIRS", "CENTAUR_PERSONA_DIRS", "CENTAUR_PROMPT_PATHS",
)  # fmt: skip
AGENT_NAMES: Final = ("TOOL_DIRS", "WORKFLOW_DIRS")
CACHE_NAMES: Final = ("REPOSITORIES", "GIT_TERMINAL_PROMPT", "SYNC_INTERVAL_SECONDS")
HOST_PATHS: Final = ("/var/lib/centaur/repos", "/r", "/a@b/%c+d-e_f", "/...", "/1/2")
BAD_HOST_PATHS: Final = ("", "r", "/", "/a/", "/a//b", "/a/../b", "/a b", "/a/.", "/é", "/a\n")
WORKSPACES: Final = ("/w", "/home/agent/workspace", "/home/agent", "/a@b/%c+d-e_f/w", "/...")
FULLNAMES: Final = ("x", "rel-centaur", "a" * 52, "a" * 51 + "-b", "b" * 50 + "--cc", "0.a")
RELEASES: Final = ("agent-overlays", "r", "prod", "my-agent-overlays-2", "x" * 53, "a" * 37, "a" * 38, "a.b-c")


def example(chance: Chance) -> Example:
    """One to three files and some flags; four fifths without any deliberate mistake."""
    drawn = Drawn(chance, wrong=0.06 if chance.random() >= 0.75 else 0.0)
    files = [write(chance, drawn.values())]
    while chance.random() >= 0.8 and len(files) < 3:
        whole = drawn.values()
        files.append(write(chance, {key: whole[key] for key in chance.sample(list(whole), min(2, len(whole)))}))
    return Example(tuple(files), tuple(drawn.flags()), chance.choice(RELEASES))


def compat_example(chance: Chance) -> Example:
    """One file without overlays.sources, without deliberate mistakes."""
    tree = Drawn(chance, wrong=0.0).values()
    tree.pop("overlays", None)
    return Example((write(chance, tree),), (), chance.choice(RELEASES))


def of_tree(chance: Chance, tree: Tree) -> Example:
    """One file that says the tree, spelled in a random way that is sure to say it."""
    return Example((write(chance, tree, risk=0.0),), (), RELEASES[0])


class Drawn:
    """Draws trees. wrong: how likely a value is a wrong one; refs and URLs go with the repository, so they agree."""

    def __init__(self, chance: Chance, wrong: float) -> None:
        self.chance = chance
        self.wrong = wrong
        self.stated: dict[str, dict[str, Tree]] = {}

    def often(self, share: float) -> bool:
        return self.chance.random() >= 1 - share  # the smallest draw, to which hypothesis shrinks, is "no"

    def one(self, right: Sequence[str], wrong: Sequence[str] = ()) -> str:
        return self.chance.choice(wrong) if wrong and self.often(self.wrong) else self.chance.choice(right)

    def some(self, draws: dict[str, Callable[[], Tree]], share: float) -> dict[str, Tree]:
        """Each key with that likelihood; rarely a null or an unknown key."""
        tree = {key: draw() for key, draw in draws.items() if self.often(share)}
        if tree and self.often(self.wrong):
            tree[self.chance.choice(list(tree))] = Raw(self.chance.choice(("null", "~", "", "12", "[]", "{}")))
        if self.often(self.wrong / 4):
            tree["unknown"] = "x"
        items = list(tree.items())
        self.chance.shuffle(items)
        return dict(items)

    def values(self) -> dict[str, Tree]:
        tree = self.some(
            {
                "overlays": self.overlays,
                "toolServer": self.tool_server,
                "repoCache": self.repo_cache,
                "sandbox": self.sandbox,
                "apiRs": self.api,
                "overlay": self.overlay,
            },
            0.55,
        )
        if self.often(0.35):
            tree["agents"] = self.agents()
        if "overlays" not in tree and self.often(0.4):
            tree["overlays"] = self.overlays()
        tree.update(
            self.some(
                {
                    "nameOverride": lambda: self.one(FULLNAMES, ("A", "-x", "a_b")),
                    "fullnameOverride": lambda: self.one(FULLNAMES, ("A", "x/y")),
                    "global": lambda: {"x": {"deep": [self.text()]}},
                    "enabled": self.boolean,
                    "somethingElse": lambda: {"<<x": self.text(), "list": [Raw("1"), self.text()]},
                },
                0.08,
            )
        )
        return tree

    def boolean(self) -> Raw:
        return Raw(self.one(("true", "false", "yes", "no", "On", "off", "y", "n"), ('"true"', "1", "'no'")))

    def text(self) -> str:
        return self.one(TEXTS, BAD_TEXTS)

    def repo(self) -> str:
        return self.one(REPOS, BAD_REPOS)

    def path(self) -> str:
        return self.one(PATHS, BAD_PATHS)

    def visibility(self) -> str:
        return self.one(("private", "public"), ("Public", "internal", ""))

    def statements(self, repo: str) -> dict[str, Tree]:
        """Ref, URL and visibility of an entry: what the repository's other entries say, or at times something else."""
        if repo not in self.stated or self.often(self.wrong):
            self.stated[repo] = self.some(
                {
                    "ref": lambda: self.one(REFS, BAD_REFS) if not self.often(self.wrong) else Raw("1234567"),
                    "cloneUrl": lambda: self.one(URLS, BAD_URLS) if self.often(0.4) else URLS[0],
                },
                0.4,
            )
        stated = dict(self.stated[repo])
        if "cloneUrl" in stated and self.often(0.3):
            del stated["cloneUrl"]
        if self.often(0.2):
            stated["visibility"] = self.visibility()
        return stated

    def overlays(self) -> dict[str, Tree]:
        delivery = {"delivery": self.delivery()} if self.often(0.35) else {}
        return self.shuffled({"sources": self.sources(), **delivery})

    def delivery(self) -> str:
        return self.one(("merged", "separate"), ("Merged", ""))

    def sources(self) -> list[Tree]:
        return [self.source() for _ in range(self.chance.choice((0, 1, 1, 2, 2, 3, 4, 6)))]

    def source(self) -> dict[str, Tree]:
        repo = self.repo()
        surfaces = ("toolsSubdir", "workflowsSubdir", "skillsSubdir", "personasSubdir", "promptPath")
        draws: dict[str, Callable[[], Tree]] = dict.fromkeys(surfaces, self.path)
        extra = self.some(
            {**draws, "enabled": self.boolean, "overrides": self.overrides, "skillsPreload": self.preload}, 0.25
        )
        return self.shuffled({"repo": repo, **self.statements(repo), **extra})

    def agents(self) -> list[Tree]:
        names = ("a", "reviewer", "x-1", "0", "n" * 63, "a--b")
        count = self.chance.choice((1, 1, 2, 3))
        listed = self.chance.sample(names, count)
        return [self.agent(self.one((name,), (names[0], "A", "-a", "a.b", "n" * 64, ""))) for name in listed]

    def agent(self, name: str) -> dict[str, Tree]:
        draws: dict[str, Callable[[], Tree]] = dict.fromkeys(
            ("skills", "tools", "workflows", "personas"), self.patterns
        )
        draws["mountAs"] = lambda: self.some({"skills": lambda: self.one(("team", "a-b"), ("a--b", ""))}, 0.8)
        draws["budget"] = lambda: {self.one(("tokens", "warnTokens"), ("token",)): Raw(self.one(("4000", "1"), ("0",)))}
        draws["persona"] = lambda: self.one(("reviewer", "a b", "<p>", "ü"), ("", ".x", "a/b"))
        if self.often(0.4):
            draws["preload"] = self.preload
        else:
            draws["systemPrompt"] = self.boolean
        tree = self.some(draws, 0.35)
        if "preload" in tree and "skills" in tree:
            tree["skills"] = [*SKILLS, "*"] if not self.often(self.wrong) else []
        if "persona" in tree and "personas" in tree:
            tree["personas"] = ["*"]
        return self.shuffled({"name": name, **tree})

    def patterns(self) -> Tree:
        return [self.one(PATTERNS, ("\0",)) for _ in range(self.chance.randrange(4))]

    def preload(self) -> Tree:
        return list(self.chance.sample(SKILLS, self.chance.randrange(3)))

    def overrides(self) -> Tree:
        return [self.one((item,), BAD_OVERRIDES) for item in OVERRIDES[: self.chance.randrange(3)]]

    def extra_source(self) -> dict[str, Tree]:
        repo = self.repo()
        draws: dict[str, Callable[[], Tree]] = dict.fromkeys(("subdir", "workflowsSubdir", "skillsSubdir"), self.path)
        return self.shuffled({"repo": repo, **self.statements(repo), **self.some(draws, 0.3)})

    def shuffled(self, tree: dict[str, Tree]) -> dict[str, Tree]:
        keys = list(tree)
        if self.often(0.3):
            self.chance.shuffle(keys)
        return {key: tree[key] for key in keys}

    def tool_server(self) -> dict[str, Tree]:
        repo = self.one(REPOS, (*BAD_REPOS, ""))
        if self.often(0.6):
            repo = "paradigmxyz/centaur"
        named: dict[str, Tree] = {"repo": repo} if repo != "paradigmxyz/centaur" or self.often(0.3) else {}
        return {
            **named,
            **self.statements(repo),
            **self.some(
                {
                    "enabled": lambda: self.boolean() if self.often(0.5) else Raw("true"),
                    "subdir": self.path,
                    "port": lambda: Raw(self.one(("8001", "1", "65535"), ("0", "65536", "1.5"))),
                    "extraSources": lambda: [self.extra_source() for _ in range(self.chance.randint(0, 4))],
                    "runnerImage": self.image,
                    "githubToken": lambda: self.some(
                        {"existingSecretName": self.line, "secretKey": lambda: self.one(("token", ".k"), ("", ".."))},
                        0.6,
                    ),
                },
                0.35,
            ),
        }

    def line(self) -> str:
        return self.one(("my-gh", "", "x <no value>", "é'\"\\", "$(X)", "<a&b>"), ("a\nb", "a\tb", "\x7f"))

    def image(self) -> dict[str, Tree]:
        return self.some(
            {
                "repository": lambda: self.one(("reg.example.com:5000/a/b", "x", ""), ("a b", "é")),
                "tag": lambda: self.one(("1.0", "latest", "sha256:abc", "", "2026.06.14"), ("a b",)),
                "pullPolicy": lambda: self.one(("Always", "IfNotPresent", "Never"), ("always",)),
            },
            0.5,
        )

    def listed(self) -> Tree:
        repo = self.repo()
        return repo if self.often(0.6) else self.shuffled({"repo": repo, **self.statements(repo)})

    def storage(self) -> dict[str, Tree]:
        claim = self.some(
            {
                "existingClaim": lambda: self.one(("shared", "a.b", ""), ("A", "-")),
                "create": self.boolean,
                "accessModes": lambda: ["ReadWriteMany", "ReadOnlyMany"],
                "storageClassName": lambda: self.one(("fast", "")),
                "size": lambda: self.one(("20Gi", "1e3", ".5Ti", "100")),
            },
            0.6,
        )
        kind = self.one(("persistentVolumeClaim", "hostPath"), ("pvc",))
        if kind == "persistentVolumeClaim" and not claim.get("existingClaim") and not self.often(self.wrong):
            claim = {**claim, "create": Raw("true")}
        return {"type": kind, "persistentVolumeClaim": claim}

    def repo_cache(self) -> dict[str, Tree]:
        return self.some(
            {
                "enabled": lambda: self.boolean() if self.often(0.4) else Raw("true"),
                "hostPath": lambda: self.one(HOST_PATHS, BAD_HOST_PATHS),
                "repositories": lambda: [self.listed() for _ in range(self.chance.randint(0, 4))],
                "repositoryRefs": lambda: {self.repo(): self.pin() for _ in range(self.chance.randint(0, 4))},
                "syncIntervalSeconds": lambda: Raw(
                    self.one(("30", "1", "86400", "1e2", "60.0", "0x10", "1_0"), ("0", "86401", '"30"', "1.5"))
                ),
                "fetchTimeout": lambda: Raw(self.one(("604800", "1", "6e5"), ("0", "604801", '"900"'))),
                "minFree": lambda: self.one(("0%", "9%", "90%"), ("91%", "020%", "20", "-1%", "1.5%")),
                "metrics": lambda: self.some(
                    {
                        "enabled": self.boolean,
                        "port": lambda: Raw(self.one(("1024", "9464", "65535"), ("1023", "65536"))),
                    },
                    0.5,
                ),
                "resources": lambda: {"limits": {"memory": self.one(("2Gi", "1e9"))}},
                "podSecurityContext": lambda: {"runAsUser": Raw(self.one(("0", "1234", "1e6")))},
                "image": self.image,
                "extraEnv": lambda: self.extra_env(NAMES, (*BAD_NAMES, *CACHE_NAMES), self.text),
                "egressPorts": lambda: [Raw(self.one(("443", "8443", "65535"), ("0", "x")))],
                "gitCredentials": lambda: self.some(
                    {
                        "existingSecretName": self.line,
                        "username": self.line,
                        "hosts": lambda: [self.one(("github.com", "git.example.com:8443"), ("a b",))],
                    },
                    0.5,
                ),
                "storage": self.storage,
                "updateStrategy": lambda: {"type": "OnDelete"},
                "podAnnotations": lambda: {"a/b": self.text()},
                "nodeSelector": lambda: {"disk": self.line(), "1": "x"},
            },
            0.3,
        )

    def pin(self) -> str:
        return "" if self.often(0.1) else self.one(REFS, BAD_REFS)

    def sandbox(self) -> dict[str, Tree]:
        return self.some(
            {
                "extraEnv": lambda: self.extra_env(
                    (*NAMES, *SANDBOX_NAMES, *AGENT_NAMES), BAD_NAMES, self.sandbox_value
                ),
                "reposPath": lambda: self.one(("", *HOST_PATHS), BAD_HOST_PATHS[1:]),
                "image": self.image,
                "workspace": lambda: self.one(WORKSPACES, (*BAD_HOST_PATHS, "/home/agent/github/x")),
                "mountCache": self.boolean,
                "fallback": lambda: self.one(("none", "previous", "incomplete"), ("None",)),
                "wait": lambda: Raw(self.one(("0", "300", "86400", "1e2", "0x10"), ("-1", "86401", "1.5"))),
                "follow": self.boolean,
                "runtimeClassName": lambda: self.one(("", "gvisor", "a.b"), ("A", "-x")),
                "podSecurityContext": lambda: {"runAsUser": Raw(self.one(("1000", "1e6")))},
                "podAnnotations": lambda: {"x": self.text()},
                "nodeSelector": lambda: {"disk": self.line()},
                "resources": lambda: {"limits": {"memory": self.one(("2Gi", "1e9"))}},
            },
            0.35,
        )

    def sandbox_value(self) -> Tree:
        if self.often(0.35):
            return Raw(self.one(NUMBERS, BAD_NUMBERS))
        return Raw(self.chance.choice(WORDS)) if self.often(0.2) else self.text()

    def extra_env(self, names: Sequence[str], bad: Sequence[str], value: Callable[[], Tree]) -> dict[str, Tree]:
        return {self.one(names, bad): value() for _ in range(self.chance.randint(0, 5))}

    def api(self) -> dict[str, Tree]:
        return self.some(
            {
                "enabled": lambda: self.boolean() if self.often(0.3) else Raw("true"),
                "waitForCache": self.boolean,
                "image": self.image,
                "extraEnv": self.api_env,
                "service": lambda: {"type": self.one(("NodePort", "ClusterIP"), ("x",)), "port": Raw("80")},
                "podAnnotations": lambda: {"x": self.text()},
            },
            0.5,
        )

    def overlay(self) -> dict[str, Tree]:
        draws: dict[str, Callable[[], Tree]] = {
            "systemPrompt": self.text,
            "mountPath": lambda: self.one(HOST_PATHS, ("x",)),
        }
        return self.some(draws, 0.6)

    def api_env(self) -> dict[str, Tree]:
        env = self.extra_env((*NAMES, *API_NAMES), BAD_NAMES, self.text)
        return {**env, "SESSION_SANDBOX_EXTRA_ENV": self.array()} if self.often(0.5) else env

    def array(self) -> str:
        """Text of a JSON array of {name, value}, in all spellings of JSON."""
        names = list(
            dict.fromkeys(
                self.one((*NAMES, *SANDBOX_NAMES, *AGENT_NAMES), BAD_NAMES) for _ in range(self.chance.randint(0, 4))
            )
        )
        text = "[" + self.blank() + ",".join(self.array_item(name) for name in names) + self.blank() + "]"
        text = self.blank() + text + self.blank()
        if self.often(self.wrong):
            text = self.chance.choice(('{"a":1}', "", "null", "[1]", "[NaN]", "[{}]", text + "x", text[:-1], "[[]]"))
        return text

    def array_item(self, name: str) -> str:
        keys = ["name", "value"]
        self.chance.shuffle(keys)
        texts = {"name": json.dumps(name), "value": self.json_text(self.text())}
        pairs = [f'"{key}"{self.blank()}:{self.blank()}{texts[key]}' for key in keys]
        if self.often(0.1):
            pairs.insert(0, f'"{self.chance.choice(keys)}":{self.chance.choice(("1", "null", "[]", chr(34) * 2))}')
        if self.often(self.wrong):
            pairs.append(self.chance.choice(('"x":1', '"value":null', '"value":1', '"Name":"A"', '"name":1')))
        return "{" + self.blank() + ",".join(pairs) + self.blank() + "}"

    def blank(self) -> str:
        return self.chance.choice(("", "", "", " ", "\n  ", "\t", "\r\n"))

    def json_text(self, text: str) -> str:
        escaped = json.dumps(text, ensure_ascii=self.often(0.5))
        if self.often(0.1):
            escaped = (
                escaped[:-1] + self.chance.choice(("\\ud800", "\\udc00x", "\\/", "\\u0041", "\\ud83c\\udf89")) + '"'
            )
        return escaped

    def flags(self) -> list[tuple[str, str]]:
        if not self.often(0.3):
            return []
        draws: list[Callable[[], tuple[str, str]]] = [
            lambda: ("--set", f"overlays.sources[{self.chance.randint(0, 1)}].repo={self.repo()}"),
            lambda: ("--set", "overlays.sources[0].enabled=" + self.one(("true", "false"), ("no",))),
            lambda: ("--set-string", f"overlays.sources[0].ref={self.one(('1234567', 'true', 'dev'))}"),
            lambda: ("--set", "sandbox.extraEnv.N=" + self.one(("1000000", "1", "true", "1.5", "x"), ("null",))),
            lambda: ("--set-json", "sandbox.extraEnv.J=" + self.one(("1000000", "1.5", '"<a>"', "1e3", "true"))),
            lambda: ("--set-json", f"apiRs.extraEnv.T={json.dumps(self.text())}"),
            lambda: ("--set-string", "sandbox.extraEnv.S=" + self.one(("1000000", "null", "a\\,b", "x=y"))),
            lambda: ("--set", "repoCache.enabled=" + self.one(("true", "false"), ("1",))),
            lambda: ("--set", "repoCache.syncIntervalSeconds=" + self.one(("60", "1"), ("1.0",))),
            lambda: ("--set", f"repoCache.repositories={{{self.repo()},acme/two}}"),
            lambda: ("--set", "toolServer.ref=" + self.one(("dev", "v1"), ("123",))),
            lambda: ("--set-json", 'repoCache.repositoryRefs={"acme/one":"pin"}'),
            lambda: ("--set", "fullnameOverride=" + self.one(FULLNAMES)),
            lambda: ("--set", "sandbox=null"),
            lambda: ("--set-json", f"overlay.systemPrompt={json.dumps(self.text())}"),
        ]
        return [self.chance.choice(draws)() for _ in range(self.chance.randint(1, 3))]
