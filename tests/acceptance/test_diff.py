"""`overlays diff`: what it says, in which form, and how it ends."""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any

import jsonschema
import pytest

from tests.support.helm import ROOT
from tests.support.overlays import overlays

EXAMPLE = pathlib.Path(__file__).parent / "diff"
SCHEMA: dict[str, Any] = json.loads((ROOT / "schemas" / "diff.schema.json").read_bytes())
DEFAULTS = "sha256:0082f8e613d23a7401f7842413fecd6ff8df6ff03b1990d67c6e3326d10e95e2"


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(**files: str) -> None:
    """Files by stem: YAML, or JSON when it is that."""
    for name, text in files.items():
        pathlib.Path(f"{name}.yaml").write_text(text)


def diff(*arguments: str, code: int = 0) -> str:
    ran = overlays("diff", *arguments)
    assert (ran.code, ran.told) == (code, "")
    return ran.stdout.decode()


def told(*arguments: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(diff(*arguments, "--output", "json"))
    jsonschema.Draft7Validator(SCHEMA).validate(document)
    return document


def body(text: str) -> str:
    """All below the names of the sides."""
    return text.split("\n", 2)[2]


# The three forms


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_one_rich_example(form: str) -> None:
    """Regenerate: overlays diff old.yaml new.yaml --output FORM > expected.FORM, and read what changed."""
    ran = overlays("diff", "old.yaml", "new.yaml", "--output", form, cwd=EXAMPLE)
    assert (ran.code, ran.told) == (0, "")
    assert ran.stdout == (EXAMPLE / f"expected.{form}").read_bytes()


def test_json_has_the_shape_of_its_schema_and_is_ascii() -> None:
    text = (EXAMPLE / "expected.json").read_bytes()
    jsonschema.Draft7Validator(SCHEMA).validate(json.loads(text))
    assert text.isascii()
    assert text == json.dumps(json.loads(text), indent=2).encode() + b"\n"


def test_the_schema_is_printed_and_accepts_its_examples() -> None:
    ran = overlays("schema", "diff")
    assert (ran.code, ran.stdout) == (0, (ROOT / "schemas" / "diff.schema.json").read_bytes())
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    for example in SCHEMA["examples"]:
        jsonschema.Draft7Validator(SCHEMA).validate(example)


def test_every_property_of_the_schema_has_an_example_that_it_accepts() -> None:
    pending: list[Any] = [SCHEMA]
    while pending:
        rule = pending.pop()
        for below in [*rule.get("properties", {}).values(), *rule.get("definitions", {}).values()]:
            if "$ref" in below:
                continue
            assert below["description"]
            for example in below["examples"]:
                jsonschema.Draft7Validator({"definitions": SCHEMA["definitions"], **below}).validate(example)
        pending += [*rule.get("properties", {}).values(), *rule.get("definitions", {}).values()]
        pending += [rule["items"]] if "items" in rule else []


# By meaning


def test_compat_to_explicit_with_the_same_plan_is_no_change(folder: pathlib.Path) -> None:
    write(
        old="toolServer: {ref: v1, extraSources: [{repo: acme/one, subdir: src}]}\n",
        new="overlays: {sources: [{repo: paradigmxyz/centaur, ref: v1}, {repo: acme/one, toolsSubdir: src}]}\n",
    )
    text = diff("old.yaml", "new.yaml", "--detailed-exitcode")
    assert text.splitlines()[2:] == [
        "mode: compat → explicit",
        "no change: both give sha256:f1cb1612b7ffe2181147bf1e3cb481a7a2fd59cb1270fdd03c7eb7b9145e0021",
    ]
    digest = overlays("render", "manifest", "-f", "old.yaml").stdout
    assert json.loads(digest)["digest"] in text
    document = told("old.yaml", "new.yaml")
    assert document["same"] is True
    assert (document["old"]["mode"], document["new"]["mode"]) == ("compat", "explicit")
    assert document["restarts"] == []


SOURCES = "overlays: {{sources: [{{repo: a/a, {0}}}, {{repo: b/b}}]}}\n"
MEANINGS = {
    "a source added": (
        SOURCES.format(""),
        "overlays: {sources: [{repo: a/a}, {repo: c/c, toolsSubdir: t, ref: x}, {repo: b/b}]}\n",
        ["+ c/c: ref x; tools in t; workflows in workflows; skills in .agents/skills"],
    ),
    "a source removed": (
        SOURCES.format(""),
        "overlays: {sources: [{repo: b/b}]}\n",
        ["- a/a: tools in tools; workflows in workflows; skills in .agents/skills"],
    ),
    "a source disabled": (
        SOURCES.format(""),
        SOURCES.format("enabled: false"),
        ["- a/a: tools in tools; workflows in workflows; skills in .agents/skills"],
    ),
    "a source moved": (
        SOURCES.format(""),
        "overlays: {sources: [{repo: b/b}, {repo: a/a}]}\n",
        ["% b/b: now first (place 2 → 1)"],
    ),
    "a surface off": (
        SOURCES.format(""),
        SOURCES.format('toolsSubdir: ""'),
        ["~ a/a", "tools switched off (was tools)"],
    ),
    "a surface on": (SOURCES.format(""), SOURCES.format("promptPath: p.md"), ["~ a/a", "prompt switched on: p.md"]),
    "a surface relocated": (
        SOURCES.format(""),
        SOURCES.format("skillsSubdir: s"),
        ["~ a/a", "skills relocated: .agents/skills → s"],
    ),
    "what it overrides": (
        SOURCES.format(""),
        SOURCES.format("overrides: [skills/pdf]"),
        ["~ a/a", "overrides: none → skills/pdf"],
    ),
    "a ref moved": (SOURCES.format("ref: v1"), SOURCES.format("ref: v2"), ["~ a/a", "ref moved: v1 → v2"]),
    "a ref given": (SOURCES.format(""), SOURCES.format("ref: v2"), ["~ a/a", "ref moved: the default branch → v2"]),
    "a pin added": (
        SOURCES.format("ref: v1"),
        SOURCES.format("ref: v1") + "repoCache: {repositoryRefs: {a/a: v1}}\n",
        ["~ a/a", "pin added: v1"],
    ),
    "a pin that blocks": (
        SOURCES.format("ref: v1"),
        SOURCES.format("ref: v1") + "repoCache: {repositoryRefs: {a/a: ''}}\n",
        ["~ a/a", "ref moved: v1 → the default branch", "pin added: the default branch"],
    ),
    "a declared ref behind a pin": (
        SOURCES.format("ref: v1") + "repoCache: {repositoryRefs: {a/a: p}}\n",
        SOURCES.format("ref: v2") + "repoCache: {repositoryRefs: {a/a: p}}\n",
        ["~ a/a", "ref moved: v1 → v2"],
    ),
    "a clone URL": (
        SOURCES.format(""),
        SOURCES.format('cloneUrl: "https://git.example.com/a"'),
        ["~ a/a", "clone URL: the default → https://git.example.com/a"],
    ),
    "a visibility": (
        SOURCES.format("visibility: public"),
        SOURCES.format("visibility: private"),
        ["~ a/a", "visibility: public → private"],
    ),
    "a cached repository": (SOURCES.format(""), SOURCES.format("") + "repoCache: {repositories: [z/z]}\n", ["+ z/z"]),
    "a source that was cached already": (
        SOURCES.format("") + "repoCache: {repositories: [c/c]}\n",
        "overlays: {sources: [{repo: a/a}, {repo: b/b}, {repo: c/c}]}\nrepoCache: {repositories: [c/c]}\n",
        ["+ c/c: tools in tools; workflows in workflows; skills in .agents/skills"],
    ),
    "one of two entries of a repository": (
        "overlays: {sources: [{repo: a/a, toolsSubdir: x}, {repo: a/a, toolsSubdir: q}]}\n",
        "overlays: {sources: [{repo: a/a, toolsSubdir: x}, {repo: a/a, toolsSubdir: z}]}\n",
        ["~ a/a (tools: z)", "tools relocated: q → z"],
    ),
    "two entries of a repository swapped": (
        "overlays: {sources: [{repo: a/a, toolsSubdir: x}, {repo: a/a, toolsSubdir: q}]}\n",
        "overlays: {sources: [{repo: a/a, toolsSubdir: q}, {repo: a/a, toolsSubdir: x}]}\n",
        ["% a/a (tools: q): now first (place 2 → 1)"],
    ),
}


@pytest.mark.parametrize("name", MEANINGS)
def test_meaning(folder: pathlib.Path, name: str) -> None:
    old, new, expected = MEANINGS[name]
    write(old=old, new=new)
    text = diff("old.yaml", "new.yaml")
    head = re.split("\n(?:variables|what restarts): ", text)[0].split("\n\n", 1)[1]
    lines = [line.strip() for line in head.splitlines() if line.startswith(" ")]
    assert lines == expected


def test_the_fewest_moves_are_told(folder: pathlib.Path) -> None:
    names = [f"a/s{number:02}" for number in range(20)]
    other = [*names[15:16], *names[:15], *names[16:]]
    for stem, listed in (("old", names), ("new", other)):
        write(**{stem: f"overlays: {{sources: [{', '.join(f'{{repo: {name}}}' for name in listed)}]}}\n"})
    assert told("old.yaml", "new.yaml")["sources"] == [
        {
            "kind": "moved",
            "repo": "a/s15",
            "apart": "",
            "fields": [],
            "move": {"place": {"before": 16, "after": 1}, "follows": {"before": "a/s14", "after": None}},
        }
    ]


def test_settings_are_every_other_value_and_no_secret(folder: pathlib.Path) -> None:
    write(
        old="repoCache: {githubToken: {token: one}, egressPorts: [443]}\n"
        "mine: {apiToken: a, list: [{password: x}], a.b: 1}\n",
        new="repoCache: {githubToken: {token: two}, egressPorts: [443, 8443]}\n"
        "mine: {apiToken: b, list: [{password: z}], a.b: 2}\n",
    )
    text = diff("old.yaml", "new.yaml")
    assert body(text).partition("\n\n")[2] == (
        "settings: 5 changed\n"
        "  ~ mine.a\\.b: 1 → 2\n"
        "  ~ mine.apiToken (changed, not shown)\n"
        "  ~ mine.list (changed, not shown)\n"
        "  ~ repoCache.egressPorts: [443] → [443,8443]\n"
        "  ~ repoCache.githubToken.token (changed, not shown)\n"
        "\nwhat restarts: nothing\n"
        "    nothing: no workload has other pods\n"
    )
    document = told("old.yaml", "new.yaml")
    assert document["settings"][1] == {
        "kind": "changed",
        "path": "mine.apiToken",
        "before": None,
        "after": None,
        "secret": True,
    }


def test_workloads_appear_and_disappear_and_change_their_kind(folder: pathlib.Path) -> None:
    claim = "repoCache: {storage: {type: persistentVolumeClaim, persistentVolumeClaim: {create: true}}}\n"
    write(default="", off="apiRs: {enabled: false}\nrepoCache: {enabled: false}\n", claim=claim)
    cache, api = "DaemonSet agent-overlays-repo-cache", "Deployment agent-overlays-api-rs"
    gone = told("default.yaml", "off.yaml")["restarts"]
    assert gone == [
        {"kind": "removed", "before": cache, "after": None, "reasons": []},
        {"kind": "removed", "before": api, "after": None, "reasons": []},
    ]
    assert [one["kind"] for one in told("off.yaml", "default.yaml")["restarts"]] == ["added", "added"]
    text = diff("default.yaml", "claim.yaml").partition("what restarts: ")[2]
    assert text == (
        "2 restarted\n"
        f"  ~ {cache} → Deployment agent-overlays-repo-cache\n"
        "        a Deployment takes the place of the DaemonSet\n"
        "        repoCache.podSecurityContext\n"
        "        repoCache.storage\n"
        f"  ~ {api}\n"
        "        variables REPOS_PVC, KUBERNETES_TOOLS_REPO_CACHE_PVC\n"
        "        the volume of the cache\n"
        "\npod templates, for pods made from now on: 1 changed\n"
        "  ~ PodTemplate agent-overlays-sandbox\n"
        "        repoCache.storage\n"
    )
    assert [one["kind"] for one in told("default.yaml", "off.yaml")["templates"]] == ["removed"]
    assert [one["kind"] for one in told("off.yaml", "default.yaml")["templates"]] == ["added"]


def test_merged_delivery_restarts_the_api_and_neither_the_cache_nor_a_sandbox(folder: pathlib.Path) -> None:
    write(
        old="overlays: {sources: [{repo: a/a}, {repo: b/b}]}\ntoolServer: {enabled: false}\n",
        new="overlays: {delivery: merged, sources: [{repo: a/a}, {repo: b/b}]}\ntoolServer: {enabled: false}\n",
    )
    root, digest = "/var/lib/centaur/repos", told("old.yaml", "new.yaml")["old"]["digest"]
    text = diff("old.yaml", "new.yaml")
    assert text.startswith(
        f"--- old.yaml\n+++ new.yaml\ndigest: {digest} on both sides\n\nvariables: 1 removed, 6 changed\n"
    )
    assert f"      ~ TOOL_DIRS\n          + {root}/overlays/merged/tools\n          - {root}/a/a/tools\n" in text
    assert "      ~ KUBERNETES_TOOLS_REPO: a/a → overlays/merged\n" in text
    assert text.partition("\nsettings: ")[2] == (
        "1 changed\n"
        '  ~ overlays.delivery: "separate" → "merged"\n'
        "\nwhat restarts: 1 restarted\n"
        "  ~ Deployment agent-overlays-api-rs\n"
        "        variables TOOL_DIRS, WORKFLOW_DIRS, KUBERNETES_WORKFLOW_DIRS, SESSION_SANDBOX_EXTRA_ENV, "
        "KUBERNETES_TOOLS_REPO, KUBERNETES_TOOLS_EXTRA_SOURCES\n"
    )
    assert told("old.yaml", "new.yaml")["templates"] == []


def test_what_only_new_sandbox_pods_get_restarts_nothing(folder: pathlib.Path) -> None:
    write(old="sandbox: {workspace: /w}\n", new="sandbox: {workspace: /x, follow: true}\n")
    text = diff("old.yaml", "new.yaml", "--detailed-exitcode", code=2)
    assert body(text).partition("\n\n")[2] == (
        "variables: 3 changed\n"
        "    of the agent in the sandbox pod template\n"
        "      ~ TOOL_DIRS\n"
        "          + /x/tools\n"
        "          - /w/tools\n"
        "      ~ WORKFLOW_DIRS\n"
        "          + /x/workflows\n"
        "          - /w/workflows\n"
        "      ~ CENTAUR_SKILL_DIRS\n"
        "          + /x/.agents/skills\n"
        "          - /w/.agents/skills\n"
        "\nsettings: 2 changed\n"
        "  ~ sandbox.follow: false → true\n"
        '  ~ sandbox.workspace: "/w" → "/x"\n'
        "\nwhat restarts: nothing\n"
        "    nothing: no workload has other pods\n"
        "\npod templates, for pods made from now on: 1 changed\n"
        "  ~ PodTemplate agent-overlays-sandbox\n"
        "        variables TOOL_DIRS, WORKFLOW_DIRS, CENTAUR_SKILL_DIRS\n"
        "        sandbox.workspace\n"
        "        sandbox.follow\n"
    )


def test_only_new_warnings_are_told(folder: pathlib.Path) -> None:
    write(old="toolServer: {port: 1}\n", new="toolServer: {port: 1}\nsandbox: {reposPath: /elsewhere}\n")
    assert [one["code"] for one in told("old.yaml", "new.yaml")["warnings"]] == ["OVL225"]
    assert told("new.yaml", "old.yaml")["warnings"] == []


# Flags


def test_set_and_release_count_for_both_sides(folder: pathlib.Path) -> None:
    write(old="repoCache: {jobs: 1}\n", new="repoCache: {jobs: 2}\n")
    assert body(diff("old.yaml", "new.yaml", "--set", "repoCache.jobs=3")) == f"no change: both give {DEFAULTS}\n"
    assert "  ~ DaemonSet prod-agent-overlays-repo-cache\n" in diff("old.yaml", "new.yaml", "--release", "prod")


def test_a_side_is_a_comma_list_as_f_takes_it(folder: pathlib.Path) -> None:
    write(base="repoCache: {jobs: 1, grace: 5}\n", over="repoCache: {jobs: 2}\n")
    pathlib.Path("a,b.yaml").write_text("repoCache: {jobs: 2, grace: 5}\n")
    assert body(diff("base.yaml,over.yaml", '"a,b.yaml"')) == f"no change: both give {DEFAULTS}\n"


def test_an_empty_name_is_the_chart_with_its_defaults(folder: pathlib.Path) -> None:
    write(values="repoCache: {jobs: 8}\n")
    text = diff("", "values.yaml")
    assert text == f"--- the defaults of the chart\n+++ values.yaml\nno change: both give {DEFAULTS}\n"


def test_standard_input_is_a_side(folder: pathlib.Path) -> None:
    write(old="")
    ran = overlays("diff", "old.yaml", "-", stdin=b"repoCache: {jobs: 9}\n")
    assert (ran.code, ran.told) == (0, "")
    assert "  ~ repoCache.jobs: 8 → 9\n" in ran.stdout.decode()


def test_set_file_reads_standard_input_once_for_both_sides(folder: pathlib.Path) -> None:
    write(old="", new="repoCache: {jobs: 9}\n")
    ran = overlays("diff", "old.yaml", "new.yaml", "--set-file", "overlay.systemPrompt=-", stdin=b"Be brief.")
    assert (ran.code, ran.told) == (0, "")
    assert "systemPrompt" not in ran.stdout.decode()


@pytest.mark.parametrize(
    ("detailed", "other", "code"),
    [(False, "old", 0), (False, "new", 0), (False, "bad", 1), (True, "old", 0), (True, "new", 2), (True, "bad", 1)],
)
def test_exit_status(folder: pathlib.Path, detailed: bool, other: str, code: int) -> None:
    write(old="", new="repoCache: {jobs: 9}\n", bad="repoCache: {jobs: no}\n")
    ran = overlays("diff", "old.yaml", f"{other}.yaml", *(["--detailed-exitcode"] if detailed else []))
    assert ran.code == code
    assert bool(ran.stdout) == (code != 1)


# Rendered variables


def rendered(name: str, *arguments: str) -> None:
    pathlib.Path(name).write_bytes(overlays("render", "env", *arguments).stdout)


def test_rendered_variables_are_compared_by_variable(folder: pathlib.Path) -> None:
    write(old="", new="toolServer: {ref: v2}\nrepoCache: {jobs: 9}\n")
    rendered("old.json", "-f", "old.yaml")
    text = diff("old.json", "new.yaml")
    assert text.splitlines()[2] == "note: compared by variable only: old.json holds no sources and settings"
    assert "      + KUBERNETES_TOOLS_REF = v2\n" in text
    assert "settings" not in text.partition("variables: ")[2]
    document = told("old.json", "new.yaml")
    assert (document["sources"], document["settings"], document["restarts"]) == ([], [], None)
    assert (document["old"]["mode"], document["old"]["digest"]) == (None, DEFAULTS)
    rendered("new.json", "-f", "new.yaml")
    both = diff("old.json", "new.json")
    assert both.splitlines()[2] == "note: compared by variable only: old.json and new.json hold no sources and settings"
    assert both.partition("variables: ")[2] == text.partition("variables: ")[2]


def test_the_same_variables_are_no_change(folder: pathlib.Path) -> None:
    write(values="repoCache: {jobs: 9}\n")
    rendered("env.json", "-f", "values.yaml")
    assert diff("env.json", "values.yaml", "--detailed-exitcode").splitlines()[3:] == [
        f"no change: both give {DEFAULTS}"
    ]


@pytest.mark.parametrize("consumer", ["api", "repo-cache", "sandbox"])
def test_the_variables_of_one_consumer(folder: pathlib.Path, consumer: str) -> None:
    write(old="", new="toolServer: {repo: acme/one}\n")
    rendered("old.json", "-f", "old.yaml", "--for", consumer)
    rendered("all.json", "-f", "new.yaml")
    for new in ("new.yaml", "all.json"):
        document = told("old.json", new)
        assert [one["consumer"] for one in document["variables"]] == [consumer]
        assert document["notes"][0].startswith(f"compared by variable only, of the {consumer}: old.json")


@pytest.mark.parametrize("without", ["", "toolsSubdir", "skillsSubdir"])
def test_the_variables_of_the_agent(folder: pathlib.Path, without: str) -> None:
    off = {without: ""} if without else {}
    for name, workspace in (("old", "/w"), ("new", "/x")):
        values = {"overlays": {"sources": [{"repo": "a/a", **off}]}, "sandbox": {"workspace": workspace}}
        write(**{name: json.dumps(values)})
    rendered("old.json", "-f", "old.yaml", "--for", "agent")
    rendered("new.json", "-f", "new.yaml", "--for", "agent")
    for new in ("new.yaml", "new.json"):
        document = told("old.json", new)
        assert [one["consumer"] for one in document["variables"]] == ["agent"]
        assert {change["name"] for change in document["variables"][0]["changes"]} == {
            name
            for name, surface in (
                ("TOOL_DIRS", "toolsSubdir"),
                ("WORKFLOW_DIRS", "workflowsSubdir"),
                ("CENTAUR_SKILL_DIRS", "skillsSubdir"),
            )
            if surface != without
        }


def test_no_variables_of_a_consumer_are_an_empty_object(folder: pathlib.Path) -> None:
    write(old="repoCache: {enabled: false}\n", new="")
    for name in ("old", "new"):
        rendered(f"{name}.json", "-f", f"{name}.yaml", "--for", "repo-cache")
    assert pathlib.Path("old.json").read_text() == "{}\n"
    changes = told("old.json", "new.json")["variables"]
    assert {change["kind"] for change in changes[0]["changes"]} == {"added"}


def test_an_empty_object_beside_values_is_values(folder: pathlib.Path) -> None:
    pathlib.Path("empty.json").write_text("{}\n")
    write(values="repoCache: {jobs: 9}\n")
    assert told("empty.json", "values.yaml")["old"]["mode"] == "compat"


# Determinism


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
@pytest.mark.parametrize(
    "surroundings",
    [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "4242"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"COLUMNS": "20", "TERM": "dumb", "NO_COLOR": "1", "TZ": "Pacific/Kiritimati"},
    ],
)
def test_the_same_bytes_whatever_surrounds_it(form: str, surroundings: dict[str, str]) -> None:
    ran = overlays("diff", "old.yaml", "new.yaml", "--output", form, cwd=EXAMPLE, env=surroundings)
    assert ran.stdout == (EXAMPLE / f"expected.{form}").read_bytes()


def test_the_order_of_keys_has_no_say(folder: pathlib.Path) -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(item) for key, item in reversed(value.items())}
        return [turned(item) for item in value] if isinstance(value, list) else value

    import yaml

    for name in ("old", "new"):
        values = yaml.safe_load((EXAMPLE / f"{name}.yaml").read_bytes())
        pathlib.Path(f"{name}.yaml").write_text(json.dumps(turned(values)))
    text = diff("old.yaml", "new.yaml")
    expected = (EXAMPLE / "expected.text").read_text()
    places = "\nnew warnings: "
    assert text.partition(places)[0] == expected.partition(places)[0]
