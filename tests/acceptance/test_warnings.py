"""Every warning of the contract: what is legal, renders, and will surprise."""

from __future__ import annotations

import pathlib

import pytest

from overlays.cli.pipeline import prepare
from overlays.io.values import Inputs
from overlays.model.finding import Severity

BASE = "    - {repo: paradigmxyz/centaur}\n"


def sources(*lines: str, rest: str = "") -> str:
    return "overlays:\n  sources:\n" + BASE + "".join(f"    - {line}\n" for line in lines) + rest


def warnings(directory: pathlib.Path, text: str) -> list[tuple[str, str, str]]:
    """(place, code, what) of every finding; all of them must be warnings."""
    file = directory / "v.yaml"
    file.write_text(text)
    checked = prepare(Inputs((str(file),)), "prod")
    assert {finding.severity for finding in checked.findings} <= {Severity.WARNING}
    return [(f"{item.where.line}:{item.where.column}", item.code, item.what) for item in checked.findings]


CASES: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "a key before a merge": (
        "x: &x {A: '1'}\nsandbox:\n  extraEnv: {A: '2', <<: *x}\n",
        [("3:14", "OVL109", "the key 'A' before `<<` is overridden by the merge")],
    ),
    "visibility stated twice": (
        sources(
            "{repo: a/b, visibility: public}",
            "{repo: a/b, toolsSubdir: t, workflowsSubdir: w, skillsSubdir: s, visibility: private}",
        ),
        [("4:31", "OVL221", "'a/b' is public here and private in another entry")],
    ),
    "repositories that differ by case": (
        sources("{repo: Acme/One}", "{repo: acme/one}"),
        [("5:14", "OVL222", "'acme/one' and 'Acme/One' differ only by case")],
    ),
    "a directory that stands twice": (
        sources('{repo: a/b, workflowsSubdir: "", skillsSubdir: ""}', '{repo: a/b, workflowsSubdir: "w"}'),
        [("4:14", "OVL223", "tools of 'a/b' at 'tools' are listed again later")],
    ),
    "nothing to deliver with": (
        sources(
            '{repo: a/b, toolsSubdir: "", personasSubdir: p, promptPath: p.md}',
            '{repo: c/d, workflowsSubdir: "", skillsSubdir: ""}',
            rest="repoCache: {enabled: false}\n",
        ),
        [
            ("3:14", "OVL224", "workflows, skills of 'paradigmxyz/centaur' cannot be delivered"),
            ("4:14", "OVL224", "workflows, skills, personas, prompt of 'a/b' cannot be delivered"),
            ("6:22", "OVL235", "no sandbox pod template: repoCache.enabled is false"),
        ],
    ),
    "merged without a cache, and nothing to cache": (
        "overlays: {delivery: merged}\ntoolServer: {enabled: false}\nrepoCache: {enabled: false}\n",
        [("1:22", "OVL234", "overlays.delivery merged needs the cache")],
    ),
    "another repositories path": (
        "sandbox: {reposPath: /srv}\n",
        [("1:22", "OVL225", "sandbox.reposPath is '/srv', and the cache is at '/var/lib/centaur/repos'")],
    ),
    "two prompts": (
        sources("{repo: a/b, promptPath: p.md}", rest="overlay: {systemPrompt: x}\n"),
        [("5:11", "OVL226", "overlay.systemPrompt is set, and 'a/b' has a promptPath")],
    ),
    "rendered variables replaced": (
        "apiRs: {extraEnv: {TOOL_DIRS: /x, NEW: x}}\nsandbox: {extraEnv: {CENTAUR_SKILL_DIRS: /x}}\n",
        [
            ("1:20", "OVL227", "TOOL_DIRS replaces the value that is rendered from the sources"),
            ("2:22", "OVL227", "CENTAUR_SKILL_DIRS replaces the value that is rendered from the sources"),
        ],
    ),
    "a name that would be rendered, but is not": ("sandbox: {extraEnv: {CENTAUR_PERSONA_DIRS: /x}}\n", []),
    "ports": (
        sources("{repo: a/b, cloneUrl: 'https://x.example:8443/a'}", "{repo: c/d, cloneUrl: 'http://x.example/c'}"),
        [
            ("4:29", "OVL231", "'a/b' is cloned from port 8443, which is not in repoCache.egressPorts"),
            ("5:29", "OVL231", "'c/d' is cloned from port 80, which is not in repoCache.egressPorts"),
        ],
    ),
    "the default port": (
        "repoCache: {egressPorts: [8443]}\n",
        [("1:26", "OVL231", "'paradigmxyz/centaur' is cloned from port 443, which is not in repoCache.egressPorts")],
    ),
    "numbers": (
        "sandbox: {extraEnv: {A: 1.50, B: 1e3, C: -0.0}}\n",
        [
            ("1:25", "OVL232", "the number A becomes the text '1.5'"),
            ("1:42", "OVL232", "the number C becomes the text '-0'"),
        ],
    ),
    "expansion": (
        "apiRs: {extraEnv: {A: $(B), B: $C}}\nrepoCache: {extraEnv: {A: a$$b}}\n",
        [
            ("1:23", "OVL233", "A holds '$(' or '$$', which Kubernetes expands"),
            ("2:27", "OVL233", "A holds '$(' or '$$', which Kubernetes expands"),
        ],
    ),
    "expansion in the array": (
        """apiRs: {extraEnv: {SESSION_SANDBOX_EXTRA_ENV: '[{"name":"A","value":"$(B)"}]'}}\n""",
        [("1:47", "OVL233", "SESSION_SANDBOX_EXTRA_ENV holds '$(' or '$$', which Kubernetes expands")],
    ),
    "no base": (
        "overlays: {sources: [{repo: a/b}]}\n",
        [("1:12", "OVL301", "the base repository 'paradigmxyz/centaur' is not in overlays.sources")],
    ),
    "no base wanted": ("overlays: {sources: [{repo: a/b}]}\ntoolServer: {enabled: false}\n", []),
    "both lists": (
        sources(rest="toolServer: {ref: x, extraSources: [{repo: a/b}]}\n"),
        [
            ("4:14", "OVL302", "toolServer.ref does nothing next to overlays.sources"),
            ("4:22", "OVL302", "toolServer.extraSources does nothing next to overlays.sources"),
        ],
    ),
    "an empty list": (
        "overlays: {sources: []}\n",
        [("1:21", "OVL303", "overlays.sources is empty, so compat mode applies")],
    ),
    "all disabled is no compat mode": ("overlays: {sources: [{repo: paradigmxyz/centaur, enabled: false}]}\n", []),
    "tool server off": (
        "toolServer: {enabled: false, extraSources: [{repo: a/b}]}\n",
        [("1:30", "OVL304", "toolServer.extraSources is ignored")],
    ),
    "empty subdirectories in compat mode": (
        'toolServer: {extraSources: [{repo: a/b, subdir: "", workflowsSubdir: "", skillsSubdir: ""}]}\n',
        [
            ("1:49", "OVL305", "subdir is \"\", which means the default 'tools' here"),
            ("1:70", "OVL305", "workflowsSubdir is \"\", which means the default 'workflows' here"),
            ("1:88", "OVL305", "skillsSubdir is \"\", which means the default '.agents/skills' here"),
        ],
    ),
    "the port that does nothing": ("toolServer: {port: 8001}\n", [("1:14", "OVL306", "toolServer.port does nothing")]),
}


@pytest.mark.parametrize("name", CASES)
def test_warning(tmp_path: pathlib.Path, name: str) -> None:
    text, expected = CASES[name]
    assert warnings(tmp_path, text) == expected


def test_a_long_list_passes_the_limits_of_linux_and_kubernetes(tmp_path: pathlib.Path) -> None:
    names = (f"{{repo: acme/source-{number:04d}-{'x' * 60}, personasSubdir: p}}" for number in range(2500))
    found = warnings(tmp_path, sources(*names))
    assert {place for place, _, _ in found} == {"2:3"}
    told = [what for _, code, what in found if code == "OVL228"]
    assert "variable TOOL_DIRS of container api-rs has 26755" in "\n".join(told)
    assert {what.split(" of ")[1].split(" has ")[0] for what in told} == {
        "container api-rs",
        "container repo-cache",
        "container sandbox",
    }
    assert [what.split(" have ")[0] for _, code, what in found if code == "OVL229"] == [
        "the variables of container api-rs"
    ]
    assert [what.split(" holds ")[0] for _, code, what in found if code == "OVL230"] == [
        "ConfigMap prod-agent-overlays-env",
        "ConfigMap prod-agent-overlays-manifest",
    ]


@pytest.mark.parametrize(("size", "codes"), [(131_071 - len("A="), []), (131_072 - len("A="), ["OVL228"])])
def test_the_kernels_limit_is_exact(tmp_path: pathlib.Path, size: int, codes: list[str]) -> None:
    found = warnings(tmp_path, f"repoCache: {{extraEnv: {{A: {'x' * size}}}}}\n")
    assert [code for _, code, _ in found] == codes


def test_a_users_variable_that_is_too_long_is_the_culprit(tmp_path: pathlib.Path) -> None:
    ((place, code, what),) = warnings(tmp_path, f"repoCache:\n  extraEnv:\n    A: {'x' * 131_072}\n")
    assert (place, code) == ("3:5", "OVL228")
    assert what == "variable A of container repo-cache has 131074 bytes"
