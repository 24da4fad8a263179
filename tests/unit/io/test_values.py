from __future__ import annotations

import io
import pathlib
from collections.abc import Callable

import pytest

from overlays.errors import InvalidInput, UsageError
from overlays.io.places import Place
from overlays.io.source import Sources
from overlays.io.values import Inputs, Values, load_values, split_names
from overlays.model.finding import Finding, Location

Load = Callable[..., Values]


@pytest.fixture
def load(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Values of texts, written as 1.yaml, 2.yaml …, and of flags."""
    monkeypatch.chdir(tmp_path)

    def run(*texts: str, defaults: dict[str, object] | None = None, **flags: tuple[str, ...]) -> Values:
        names = []
        for number, text in enumerate(texts, 1):
            (tmp_path / f"{number}.yaml").write_bytes(text.encode())
            names.append(f"{number}.yaml")
        return load_values(Inputs(tuple(names), **flags), defaults or {})

    return run


def failures(run: Callable[[], object]) -> list[Finding]:
    with pytest.raises(InvalidInput) as caught:
        run()
    return list(caught.value.findings)


def at(values: Values, *path: str | int) -> str:
    place = values.locate(path)
    return f"{place.location}{f' via {place.alias_line}' if place.alias_line else ''}"


def key_at(values: Values, *path: str | int) -> str:
    place = values.locate_key(path)
    return f"{place.location}{f' via {place.alias_line}' if place.alias_line else ''}"


def test_nothing_gives_the_defaults(load: Load) -> None:
    values = load(defaults={"a": {"b": 1.0}})
    assert (values.user, values.merged, values.findings) == ({}, {"a": {"b": 1.0}}, ())
    assert values.locate(("a", "b")) == Place(Location("chart/values.yaml"))


def test_files_in_order_then_flags_by_kind(load: Load) -> None:
    values = load(
        "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\n",
        "b: 2\nc: 2\nd: 2\ne: 2\n",
        set_strings=("e=string",),
        sets=("d=set", "e=set"),
        set_jsons=("c=3,d=3,e=3",),
    )
    assert values.user == {"a": 1.0, "b": 2.0, "c": 3.0, "d": "set", "e": "string"}
    assert [at(values, key) for key in "abcde"] == [
        "1.yaml:1:4", "2.yaml:1:4", "--set-json c=3,d=3,e=3", "--set d=set", "--set-string e=string",
    ]  # fmt: skip


def test_nulls_stay_in_user_and_remove_defaults_in_merged(load: Load) -> None:
    values = load("a: null\nb: {c: ~, d: ~}\ne: [null]\n", defaults={"a": 1.0, "b": {"c": 1.0, "x": 1.0}})
    assert values.user == {"a": None, "b": {"c": None, "d": None}, "e": [None]}
    assert values.merged == {"b": {"d": None, "x": 1.0}, "e": [None]}
    assert at(values, "a") == "1.yaml:1:4"
    assert at(values, "b", "c") == "1.yaml:2:8"


def test_places_in_one_file(load: Load) -> None:
    values = load("# c\noverlays:\n  sources:\n    - repo: a/b\n      ref: 1234567\n    - {}\n  é: &x 'q'\n")
    assert at(values) == "1.yaml:2:1"
    assert at(values, "overlays", "sources", 0, "ref") == "1.yaml:5:12"
    assert key_at(values, "overlays", "sources", 0, "ref") == "1.yaml:5:7"
    assert at(values, "overlays", "sources", 1) == "1.yaml:6:7"
    assert key_at(values, "overlays", "sources", 1) == "1.yaml:6:7"
    assert values.locate(("overlays", "sources", 0, "ref")).raw == "1234567"
    assert values.locate(("overlays", "é")).raw is None
    assert str(values.locate_first_key(("overlays", "sources", 0)).location) == "1.yaml:4:7"
    assert str(values.locate_first_key(("overlays", "sources", 1)).location) == "1.yaml:6:7"
    assert str(values.locate_first_key(("overlays", "sources", 0, "ref")).location) == "1.yaml:5:12"


def test_a_later_file_wins_and_hides(load: Load) -> None:
    values = load("m: {a: 1, b: 2}\nl:\n  - {x: 1, y: 2}\n", "m: {b: 3}\nl:\n  - {x: 9}\n")
    assert at(values, "m", "a") == "1.yaml:1:8"
    assert at(values, "m", "b") == "2.yaml:1:8"
    assert at(values, "m") == "2.yaml:1:4"
    assert at(values, "l", 0, "x") == "2.yaml:3:9"
    assert at(values, "l", 0, "y") == "2.yaml:3:5"


def test_what_is_nowhere_is_told_at_what_is_around(load: Load) -> None:
    values = load("m: {a: {}}\n", defaults={"d": {"e": 1.0}})
    assert at(values, "m", "a", "x", "y") == "1.yaml:1:8"
    assert key_at(values, "m", "a", "x") == "1.yaml:1:8"
    assert at(values, "d", "e") == "chart/values.yaml"
    assert at(values, "d", "x") == "chart/values.yaml"


def test_places_behind_aliases(load: Load) -> None:
    values = load(
        "base: &base\n  ref: main\n  in: &in {k: v}\nscalar: &s 5\n"
        "list:\n  - *base\n  - *s\n  - <<: *base\n    x: 1\n  - <<: [{z: 1}, *in]\n  - deep: {er: *base}\n"
    )
    assert at(values, "list", 0) == "1.yaml:1:7 via 6"
    assert at(values, "list", 0, "ref") == "1.yaml:2:8 via 6"
    assert key_at(values, "list", 0, "ref") == "1.yaml:2:3 via 6"
    assert at(values, "list", 1) == "1.yaml:4:9 via 7"
    assert key_at(values, "list", 1) == "1.yaml:4:9 via 7"
    assert at(values, "list", 2, "ref") == "1.yaml:2:8 via 8"
    assert at(values, "list", 2, "x") == "1.yaml:9:8"
    assert at(values, "list", 3, "k") == "1.yaml:3:15 via 10"
    assert at(values, "list", 3, "z") == "1.yaml:10:14"
    assert at(values, "list", 4, "deep", "er", "in", "k") == "1.yaml:3:15 via 11"
    assert key_at(values, "list", 4, "deep", "er") == "1.yaml:11:12"
    assert at(values, "base", "ref") == "1.yaml:2:8"


def test_the_place_of_the_key_that_counts(load: Load) -> None:
    values = load("a: &a {k: 1}\nb: {k: 2, <<: *a}\nc: {k: 1, k: 2}\n")
    assert at(values, "b", "k") == "1.yaml:1:11 via 2"
    assert at(values, "c", "k") == "1.yaml:3:14"
    assert [found.code for found in values.findings] == ["OVL109", "OVL105"]


def test_places_of_odd_keys(load: Load) -> None:
    values = load("1: a\ny: b\n? 'c d'\n: e\n")
    assert [at(values, key) for key in ("1", "true", "c d")] == ["1.yaml:1:4", "1.yaml:2:4", "1.yaml:4:3"]


def test_a_flag_is_its_own_place(load: Load) -> None:
    flag = "l[0].ref=1234567,n.m={a,b}"
    values = load("l:\n  - repo: a/b\n    ref: x\n", sets=(flag,))
    assert values.merged == {"l": [{"repo": "a/b", "ref": 1234567}], "n": {"m": ["a", "b"]}}
    assert values.locate(("l", 0, "ref")) == Place(Location(f"--set {flag}"), raw="1234567")
    assert values.locate(("n", "m", 1)) == Place(Location(f"--set {flag}"))
    assert at(values, "n") == f"--set {flag}"
    assert at(values, "l", 0, "repo") == "1.yaml:2:11"
    assert at(values, "l", 0) == "1.yaml:2:5"
    assert str(values.locate_first_key(("l", 0)).location) == "1.yaml:2:5"


def test_a_flag_that_replaces_hides_what_was_there(load: Load) -> None:
    values = load("m: {a: {b: 1}}\n", set_jsons=('m.a={"c":[1]}',))
    assert values.merged == {"m": {"a": {"c": [1.0]}}}
    assert at(values, "m", "a", "c", 0) == '--set-json m.a={"c":[1]}'
    assert at(values, "m", "a", "b") == '--set-json m.a={"c":[1]}'


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        ({"sets": ("a=1,repoCache.githubToken.token=s3cret,b=2",)}, "--set a=1,repoCache.githubToken.token=***,b=2"),
        ({"set_strings": ("repoCache.githubToken.token=s3cret",)}, "--set-string repoCache.githubToken.token=***"),
        (
            {"set_jsons": ('repoCache={"githubToken":{"token":"s3cret"}},c=1',)},
            "--set-json repoCache=***,c=1",
        ),
        ({"sets": (r"repoCache.github\Token.token={s3cret}",)}, r"--set repoCache.github\Token.token=***"),
    ],
)
def test_the_token_is_never_shown(load: Load, flags: dict[str, tuple[str, ...]], shown: str) -> None:
    place = load(**flags).locate(("repoCache", "githubToken", "token"))
    assert place == Place(Location(shown))


def test_a_flag_on_one_line(load: Load) -> None:
    assert at(load(sets=("a=x\ny\u2028é",)), "a") == "--set a=x\\ny\\u2028é"


def test_bytes_of_a_flag_that_are_no_utf_8(load: Load) -> None:
    assert load(sets=("a=\udcff\udce2é",)).user == {"a": "\ufffd\ufffdé"}


def test_a_file_as_text(load: Load, tmp_path: pathlib.Path) -> None:
    (tmp_path / "p.md").write_bytes(b"\xef\xbb\xbfhi\r\n")
    values = load(set_files=("a=p.md,b=",))
    assert values.user == {"a": "\ufeffhi\r\n", "b": ""}
    assert at(values, "a") == "--set-file a=p.md,b="


def test_files_of_flags_that_cannot_be_read(load: Load, tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad").write_bytes(b"\xff")
    found = failures(lambda: load("a: [\n", set_files=("a=none", "b=bad")))
    assert [(str(item.where), item.code) for item in found] == [
        ("--set-file a=none", "OVL101"),
        ("--set-file b=bad", "OVL102"),
        ("1.yaml:2:1", "OVL103"),
    ]


def test_standard_input_only_once() -> None:
    sources = Sources(io.BytesIO(b"a: 1\n"))
    found = failures(lambda: load_values(Inputs(("-,-",)), {}, sources))
    assert [item.what for item in found] == ["cannot read '-' a second time"]


def test_all_findings_of_all_files(load: Load) -> None:
    found = failures(lambda: load("a: 1\na: 2\n", "b: .inf\n", "- x\n"))
    assert [f"{item.where} {item.code}" for item in found] == [
        "1.yaml:2:1 OVL105",
        "2.yaml:1:4 OVL103",
        "3.yaml:1:1 OVL106",
    ]


def test_a_flag_that_does_not_fit_the_file(load: Load) -> None:
    [found] = failures(lambda: load("overlays: {sources: []}\n", sets=("overlays.sources.ref=1",)))
    assert found == Finding(
        Location("--set overlays.sources.ref=1"), "OVL110", "", "overlays.sources is a list, not a map",
        "a name needs a map above it, an index a list", "write the path as the values have it",
    )  # fmt: skip


def test_a_malformed_flag_comes_before_all(load: Load) -> None:
    with pytest.raises(UsageError, match=r"^--set a: a key has no value \(character 1\)$"):
        load("a: [\n", sets=("a",))


def test_file_names_of_a_flag() -> None:
    assert split_names(("a.yaml,b.yaml", "", "c.yaml", '"d,e.yaml",f', ",", "g h")) == (
        "a.yaml", "b.yaml", "c.yaml", "d,e.yaml", "f", "", "", "g h",
    )  # fmt: skip
    with pytest.raises(UsageError, match=r'^-f "a,b: '):
        split_names(('"a,b',))
