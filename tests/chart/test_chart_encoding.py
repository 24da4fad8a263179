"""Values that templates like to change: numbers, odd text, merged arrays. What comes out is what went in."""

from __future__ import annotations

import pathlib
from typing import Any, Final

import pytest

from tests.support.helm import CHART, HELMS, helm_template, refuse, render

SKILLS: Final = ("CENTAUR_SKILL_DIRS", "/home/agent/github/paradigmxyz/centaur/.agents/skills")
ARRAY: Final = "SESSION_SANDBOX_EXTRA_ENV"
BOTH: Final = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)

# written in a values file -> what the sandbox gets
NUMBERS: Final = {
    "1000000": "1000000",
    "0": "0",
    "-0": "0",
    "-0.0": "-0",
    "1.50": "1.5",
    "1e6": "1000000",
    "1234567.5": "1.2345675e+06",
    "0.0001": "0.0001",
    "0.00001": "1e-05",
    "9007199254740991": "9007199254740991",
    "-9007199254740991": "-9007199254740991",
    "9007199254740991.0": "9007199254740991",
    "0x10": "16",
    "0777": "511",
    "1_000": "1000",
    "true": "true",
    "off": "false",
    '"1e3"': "1e3",
    "12:34": "12:34",
    "2024-01-01": "2024-01-01",
    '""': "",
}

TEXTS: Final = (
    "<no value>",
    "a <no value> b\\<no value>",
    'quote " backslash \\ slash / tab\tend',
    "two\nlines\r\nand a last one\n",
    "\n  leading and trailing  \n",
    "{{ .Values }} %s %d $(HOME) $$ `x` 'y'",
    "ünïcödé 日本語 \U0001f600 \u2028\u2029 \u00a0\ufeff\u200b",
    "<a&b>",
    "# not a comment: [x]",
    "---",
    "null",
    "x" * 5000,
)


@BOTH
def test_numbers_of_a_file(helm: pathlib.Path) -> None:
    lines = [f"    V{number}: {text}" for number, text in enumerate(NUMBERS)]
    rendered = render(helm, "\n".join(["sandbox:", "  extraEnv:", *lines]))
    found = dict(rendered.sandbox())
    assert {text: found[f"V{number}"] for number, text in enumerate(NUMBERS)} == NUMBERS


@BOTH
@pytest.mark.parametrize("text", ["9007199254740992", "-9007199254740992", "1e300", "[1]", "{a: 1}", "null"])
def test_values_that_have_no_text(helm: pathlib.Path, text: str) -> None:
    assert "/sandbox/extraEnv/V" in refuse(helm, f"sandbox: {{extraEnv: {{V: {text}}}}}")


@BOTH
def test_numbers_of_set(helm: pathlib.Path) -> None:
    rendered = render(helm, {}, "--set", "sandbox.extraEnv.A=1000000,sandbox.extraEnv.B=-5,sandbox.extraEnv.C=1.50")
    assert rendered.sandbox() == [SKILLS, ("A", "1000000"), ("B", "-5"), ("C", "1.50")]
    rendered = render(helm, {}, "--set-json", "sandbox.extraEnv.A=1e6", "--set", "repoCache.syncIntervalSeconds=86400")
    assert rendered.sandbox() == [SKILLS, ("A", "1000000")]
    assert rendered.env("repo-cache")["SYNC_INTERVAL_SECONDS"] == "86400"


@BOTH
def test_text_arrives_unchanged_in_every_place(helm: pathlib.Path) -> None:
    extra = {f"V{number:02}": text for number, text in enumerate(TEXTS)}
    values: dict[str, Any] = {
        "sandbox": {"extraEnv": extra},
        "apiRs": {"extraEnv": extra, "podAnnotations": {"example.com/text": TEXTS[1]}},
        "repoCache": {"extraEnv": extra, "podAnnotations": {"example.com/text": TEXTS[2]}},
        "overlay": {"systemPrompt": "".join(TEXTS)},
    }
    rendered = render(helm, values)
    assert dict(rendered.sandbox()) == {**extra, SKILLS[0]: SKILLS[1]}
    for container in ("api-rs", "repo-cache"):
        found = rendered.env(container)
        assert {name: found[name] for name in extra} == extra
    assert {name: rendered.config()[name] for name in extra} == extra
    assert rendered.config("-overlay") == {"SYSTEM_PROMPT.md": "".join(TEXTS)}
    annotations = [
        item["spec"]["template"]["metadata"]["annotations"]["example.com/text"]
        for item in (*rendered.of_kind("Deployment"), *rendered.of_kind("DaemonSet"))
    ]
    assert annotations == [TEXTS[1], TEXTS[2]]


@BOTH
def test_json_in_variables_is_written_as_go_does(helm: pathlib.Path) -> None:
    values = {
        "sandbox": {"extraEnv": {"B": "<&>\u2028é\t", "A_": "1", "A1": "2", "a": "3"}},
        "toolServer": {"enabled": False},
    }
    assert render(helm, values).config()[ARRAY] == (
        '[{"name":"A1","value":"2"},{"name":"A_","value":"1"},'
        '{"name":"B","value":"\\u003c\\u0026\\u003e\\u2028é\\t"},{"name":"a","value":"3"}]'
    )


def merged(helm: pathlib.Path, array: str, **sandbox: Any) -> list[tuple[str, str]]:
    return render(helm, {"apiRs": {"extraEnv": {ARRAY: array}}, "sandbox": {"extraEnv": sandbox}}).sandbox()


@BOTH
def test_the_users_array_is_merged_by_name(helm: pathlib.Path) -> None:
    array = ' \t\r\n[{"name":"Z","value":"1"},{"value":"2","name":"OWN"},{"name":"A","value":"\\ud83d<>"}]'
    assert merged(helm, array, OWN="old", B="b") == [SKILLS, ("B", "b"), ("OWN", "2"), ("Z", "1"), ("A", "\ufffd<>")]
    assert merged(helm, '[{"name":"CENTAUR_SKILL_DIRS","value":""}]') == [("CENTAUR_SKILL_DIRS", "")]
    assert merged(helm, "[]") == [SKILLS]
    assert merged(helm, '[{"name":"X","name":"A","value":"v"}]') == [SKILLS, ("A", "v")]


@BOTH
def test_an_array_stands_in_its_row_even_when_the_chart_has_none(helm: pathlib.Path) -> None:
    off = {"toolServer": {"enabled": False}, "apiRs": {"extraEnv": {ARRAY: '[{"name":"A","value":"1"}]', "B": "2"}}}
    names = [*render(helm, off).env("api-rs")]
    assert names == ["TOOL_DIRS", "WORKFLOW_DIRS", "REPOS_PATH", ARRAY, "OVERLAYS_DIGEST", "B"]
    off["apiRs"] = {"extraEnv": {ARRAY: "[]"}}
    assert ARRAY not in render(helm, off).env("api-rs")


BAD_ARRAYS: Final = (
    "",
    "{}",
    "null",
    "x",
    "[",
    "[] x",
    "[NaN]",
    "[1e999]",
    '["A"]',
    "[null]",
    '[{"name":"A"}]',
    '[{"name":"A","value":1}]',
    '[{"name":"A","value":null}]',
    '[{"name":1,"value":"x"}]',
    '[{"name":"A","value":"x","more":""}]',
    '[{"Name":"A","Value":"x"}]',
    '[{"name":"1A","value":"x"}]',
    '[{"name":"A\\n","value":"x"}]',
    '[{"name":"","value":"x"}]',
    '[{"name":"OVERLAYS_DIGEST","value":"x"}]',
    '[{"name":"A","value":"x"},{"name":"A","value":"x"}]',
    '[{"name":"A","value":"\\u0001"}]',
    '[{"name":"A","value":"\\b"}]',
    '[{"name":"A","value":"\\u007f"}]',
    '[{"name":"A","value":"\\u0085"}]',
    "\u00a0[]",
    "[" * 20000 + "]" * 20000,
)


@BOTH
@pytest.mark.parametrize("number", range(len(BAD_ARRAYS)))
def test_an_array_that_is_none_is_refused(helm: pathlib.Path, number: int) -> None:
    message = refuse(helm, {"apiRs": {"extraEnv": {ARRAY: BAD_ARRAYS[number]}}})
    assert f"apiRs.extraEnv.{ARRAY}" in message


@BOTH
def test_user_names_replace_in_place_and_no_name_stands_twice(helm: pathlib.Path) -> None:
    values = {
        "apiRs": {"extraEnv": {"TOOL_DIRS": "/mine", "KUBERNETES_TOOLS_REF": "new", "Zed": "z", "A": "a"}},
        "sandbox": {"extraEnv": {"CENTAUR_SKILL_DIRS": "/my", "CENTAUR_PERSONA_DIRS": "/p", "A": "a", "X": "x"}},
    }
    rendered = render(helm, values)
    names = [*rendered.env("api-rs")]
    assert names[0] == "TOOL_DIRS"
    assert rendered.env("api-rs")["TOOL_DIRS"] == "/mine"
    assert names[-4:] == ["OVERLAYS_DIGEST", "A", "KUBERNETES_TOOLS_REF", "Zed"]
    assert rendered.sandbox() == [("CENTAUR_SKILL_DIRS", "/my"), ("A", "a"), ("CENTAUR_PERSONA_DIRS", "/p"), ("X", "x")]
    assert rendered.config() == rendered.env("api-rs")


@BOTH
def test_whole_numbers_written_as_floats(helm: pathlib.Path) -> None:
    rendered = render(
        helm, "repoCache: {syncIntervalSeconds: 86400.0, egressPorts: [8443.0]}\napiRs: {service: {port: 1e3}}"
    )
    assert rendered.env("repo-cache")["SYNC_INTERVAL_SECONDS"] == "86400"
    assert rendered.of_kind("NetworkPolicy")[0]["spec"]["egress"][1]["ports"] == [{"protocol": "TCP", "port": 8443}]
    assert rendered.of_kind("Service")[0]["spec"]["ports"][0]["port"] == 1000


@pytest.mark.parametrize("case", sorted((CHART / "ci").glob("*-values.yaml")), ids=lambda case: case.name)
def test_both_helms_print_the_same_objects(case: pathlib.Path) -> None:
    first, second = (helm_template(helm, ["-f", str(case)]) for helm in HELMS)
    assert first.objects
    assert first.objects == second.objects
