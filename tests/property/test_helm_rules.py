"""What our reader accepts, both Helms read identically."""

from __future__ import annotations

import bisect
import json
import pathlib
import random
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlays.errors import InvalidInput, UsageError
from overlays.helm import gofmt, gojson, strvals
from overlays.helm.merge import coalesce, merge_files
from overlays.io.document import read_document
from overlays.io.values import Inputs, load_values
from overlays.model.finding import Severity
from tests.support import yaml_texts
from tests.support.helm import HELMS
from tests.support.tiny_chart import printed, read_texts, values_json

BATCH: Final = 10  # examples that one Helm call reads
BATCHES: Final = max(1, settings.get_profile("run").max_examples // BATCH)

both_helms = pytest.mark.parametrize("helm", HELMS, ids=lambda helm: helm.name)
in_batches = settings(max_examples=BATCHES)


def ours(text: str) -> str | None:
    """Our reading as JSON; None when we refuse."""
    try:
        document = read_document("values.yaml", text.encode())
    except InvalidInput:
        return None
    if any(finding.severity is Severity.ERROR for finding in document.findings):
        return None
    return gojson.dumps(document.value)


def made_by(make: Callable[[random.Random], str], *, accepted: bool) -> st.SearchStrategy[str]:
    """Texts of a grammar, all or only those that we accept (a seed gives the first one that it leads to)."""

    def text(seed: int) -> str:
        chance = random.Random(seed)
        texts = iter(lambda: make(chance), None)
        return next(text for text in texts if not accepted or ours(text) is not None)

    return st.integers(0, 2**32).map(text)


def batch_of(one: st.SearchStrategy[Any], size: int = BATCH) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, min_size=size, max_size=size)


@both_helms
@pytest.mark.parametrize("make", [yaml_texts.document, yaml_texts.scalars], ids=["documents", "scalars"])
@in_batches
@given(data=st.data())
def test_yaml_that_we_accept(helm: pathlib.Path, make: Callable[[random.Random], str], data: st.DataObject) -> None:
    batch = data.draw(batch_of(made_by(make, accepted=True)))
    for text, read in zip(batch, read_texts(helm, batch), strict=True):
        assert (text, ours(text)) == (text, read)


@both_helms
@in_batches
@given(batch=batch_of(made_by(yaml_texts.soup, accepted=False), 100))
def test_any_tokens(helm: pathlib.Path, batch: list[str]) -> None:
    for text, read in zip(batch, read_texts(helm, batch), strict=True):
        assert ours(text) in (None, read), text


@both_helms
@in_batches
@given(text=made_by(yaml_texts.stream, accepted=True))
def test_files_with_separators(helm: pathlib.Path, text: str) -> None:
    assert ours(text) == values_json(helm, [text.encode()])


CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff\ufffe\uffff")
TEXT = st.text(CHARACTERS, max_size=4)
JSON_SCALARS = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
TREES = st.recursive(
    JSON_SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcdé"), inner, max_size=4),
    max_leaves=12,
)


def without_nulls(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: without_nulls(value) for key, value in tree.items() if value is not None}
    return tree


def as_yaml(tree: object) -> bytes:
    return json.dumps(tree, ensure_ascii=False).encode() + b"\n"


@both_helms
@in_batches
@given(layers=st.tuples(*[st.fixed_dictionaries({}, optional=dict.fromkeys("klmnopqrst", TREES))] * 3))
def test_files_over_files_over_defaults(helm: pathlib.Path, layers: tuple[dict[str, Any], ...]) -> None:
    first, second, defaults = (read_document("f", as_yaml(layer)).value for layer in layers)
    defaults = without_nulls(defaults)
    merged = coalesce(merge_files(first, second), defaults)
    files = [as_yaml(first), as_yaml(second)]
    assert gojson.dumps(merged) == values_json(helm, files, defaults=as_yaml(defaults))


BASE: Final[dict[str, object]] = {
    "m": {"x": 1.0, "l": [1.0, {"y": 2.0}, [3.0], None], "n": None},
    "s": "str",
    "l": [],
    "z": None,
}
FLAG_TOKENS: Final = (
    "m", "s", "l", "z", "x", "n", "q", ".", ".", "[0]", "[1]", "[2]", "[5]", "=", "=", "=", ",", ",", "\\", "\\,",
    "{", "}", "1", "true", "NULL", "-0", "007", "+5", "1.5", " ", "é", "[", "]", "[-1]", '"', "m.l[1].y=",
    "m.l[2][0]=", "m.n=", "s=", "m.l[0].k=", "l[2]=", "q={a,1,}", "q[0].k=", "z.k=1", "falſe",
    "9223372036854775807", "9223372036854775808", '{"a":1}', '[1,"x"]', "null", "1e3", "\n", "\\.",
    '"\\u00e9\\ud800"', "0.1e-7",
)  # fmt: skip
FLAG_KINDS: Final = ("--set-json", "--set", "--set-string")


def assigned(flags: list[tuple[str, str]]) -> str | None:
    """Our reading of flags over BASE; None when we refuse."""
    values = BASE
    try:
        for flag, text in sorted(flags, key=lambda item: FLAG_KINDS.index(item[0])):
            convert = str if flag == "--set-string" else strvals.typed
            values = strvals.apply(values, strvals.parse(flag, text, convert))
    except (UsageError, strvals.Conflict):
        return None
    return gojson.dumps(values)


def some_flags(seed: int) -> list[tuple[str, str]]:
    """The first one to three flags that a seed leads to and that we accept together."""
    chance = random.Random(seed)
    flags: list[tuple[str, str]] = []
    count = chance.randint(1, 3)
    while len(flags) < count:
        text = "".join(chance.choices(FLAG_TOKENS, k=chance.randint(2, 8)))
        more = [*flags, (chance.choice(FLAG_KINDS), text)]
        flags = flags if assigned(more) is None else more
    return flags


@both_helms
@settings(max_examples=3 * BATCHES)
@given(flags=st.integers(0, 2**32).map(some_flags))
def test_flags(helm: pathlib.Path, flags: list[tuple[str, str]]) -> None:
    arguments = [part for flag, text in flags for part in (flag, text)]
    assert assigned(flags) == values_json(helm, [as_yaml(BASE)], arguments)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.builds(
    lambda digits, exponent: float(f"{digits}e{exponent}"), st.integers(-(10**17), 10**17), st.integers(-30, 30)
)


@both_helms
@in_batches
@given(numbers=batch_of(NUMBERS, 50))
def test_numbers_are_printed(helm: pathlib.Path, numbers: list[float]) -> None:
    assert printed(helm, repr(numbers).encode()) == [gofmt.format_float(number) for number in numbers]
    assert read_texts(helm, [f"l: {numbers}"]) == [gojson.dumps({"l": numbers})]


JSON_TOKENS: Final = (
    "{", "}", "[", "]", ",", ":", '"', '"a"', '"\\ud800"', '"\\uD83D\\uDE00"', '"\\/"', '"\\x"', "1", "-", "0",
    ".5", "1.5", "1e5", "1e400", "e", "-0", "01", "null", "true", "NaN", "Infinity", " ", "\n", "\x0b", '"\t"', "é",
    '{"a":1,"a":2}', "'", "[]", "{}", '{"\\ud800":1,"\\udfff":2}', '["<&>\u2028"]', "1E-400", '"\x7f\x80"',
    '"\\ud83d\\ud83d\\ude00"', "1.",
)  # fmt: skip
JSON_TEXTS = (
    st.lists(st.sampled_from(JSON_TOKENS), max_size=6).map("".join)
    | TREES.map(json.dumps)
    | TREES.map(lambda tree: json.dumps(tree, ensure_ascii=False, indent=1))
)


@both_helms
@in_batches
@given(batch=batch_of(JSON_TEXTS, 30))
def test_json_is_read(helm: pathlib.Path, batch: list[str]) -> None:
    def read(text: str) -> str | None:
        try:
            return gojson.dumps(gojson.loads(text))
        except gojson.GoJsonError:
            return None

    wrapped = [f'{{"v":{text}}}' for text in batch]
    assert [read(text) for text in wrapped] == read_texts(helm, wrapped, "fromJson")


def bomb(plain: int, uses: int, use: str) -> str:
    """Aliases of aliases after some plain decode steps."""
    anchors = "a: &a {k1: v, k2: v, k3: v, k4: v, k5: v}\ns: &s text\nb: &b\n" + f"- {use}\n" * 30
    return "p:\n" + "- x\n" * plain + anchors + "l: [" + ", ".join(["*b"] * uses) + "]\n"


@both_helms
@in_batches
@given(
    uses=st.integers(30, 80),
    use=st.sampled_from(["*a", "{<<: *a}", "{<<: [*a]}", "{<<: [*a, {x: y}, *a]}", "[*a, *s]", "{*s : *a}", "{k: *a}"]),
)
def test_alias_bombs(helm: pathlib.Path, uses: int, use: str) -> None:
    """At the limit of 99 % our count of decode steps is go-yaml's to the last one."""
    first = bisect.bisect_left(range(1000), True, key=lambda plain: ours(bomb(plain, uses, use)) is not None)
    texts = [bomb(plain, uses, use) for plain in range(max(0, first - 2), first + 2)]
    assert [ours(text) is None for text in texts] == [read is None for read in read_texts(helm, texts)]


@both_helms
def test_every_way_in_together(helm: pathlib.Path, tmp_path: pathlib.Path) -> None:
    first, second, text = tmp_path / "1.yaml", tmp_path / "2.yaml", tmp_path / "text"
    first.write_bytes(b"a: &a {x: 1, y: [1, 2]}\nb: {<<: *a, z: 010}\ngone: null\nl: [{k: v}, {k: w}]\n")
    second.write_bytes(b"b: {y: null}\r\nc: ~\r\nl: [{k: new}]\r\n")
    text.write_bytes("é\n".encode())
    defaults = {"gone": 1.0, "b": {"y": 2.0, "d": True}, "l": [1.0], "deep": {"er": {"k": "v"}}}
    inputs = Inputs(
        files=(f"{first},{second}",),
        sets=("l[0].n=1234567,b.x=5", "a.x=2"),
        set_strings=("s=null,l[1].k=7",),
        set_jsons=('deep.er={"j":[1e3]},b.w=0.5',),
        set_files=(f"t={text}",),
    )
    flags = ["--set-file", f"t={text}", "--set-string", "s=null,l[1].k=7", "--set", "l[0].n=1234567,b.x=5"]
    flags += ["--set-json", 'deep.er={"j":[1e3]},b.w=0.5', "--set", "a.x=2"]
    read = values_json(helm, [first.read_bytes(), second.read_bytes()], flags, as_yaml(defaults))
    assert gojson.dumps(load_values(inputs, defaults).merged) == read
