from __future__ import annotations

import pytest

from overlays.errors import InvalidInput
from overlays.io.build import excessive
from overlays.io.document import read_document
from overlays.io.nodes import target
from overlays.model.finding import Finding, Severity
from tests.support.processor import spent


def read(text: str) -> dict[str, object]:
    document = read_document("v.yaml", text.encode())
    assert document.findings == ()
    return document.value


def findings(data: str | bytes) -> tuple[Finding, ...]:
    """What is found, whether or not the file can be read."""
    try:
        return read_document("v.yaml", data if isinstance(data, bytes) else data.encode()).findings
    except InvalidInput as error:
        return error.findings


def short(data: str | bytes) -> list[str]:
    return [f"{found.where} {found.code} {found.what}" for found in findings(data)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "# only a comment",
        "null",
        "~\n",
        "---\n",
        "---",
        "# c\n--- # d\n",
        "\ufeff",
        "# ...\n{}\n...\n",
        "#...\n",
    ],
)
def test_nothing_is_an_empty_map(text: str) -> None:
    assert read(text) == {}


@pytest.mark.parametrize(
    "text", ["a: 1\nb: [x, z]\n", "a: 1\r\nb: [x, z]\r\n", "\ufeffa: 1\nb: [x, z]", "a: 1\rb: [x, z]"]
)
def test_line_ends_and_a_byte_order_mark(text: str) -> None:
    assert read(text) == {"a": 1.0, "b": ["x", "z"]}


def test_scalars_by_style() -> None:
    text = "a: 010\nb: '010'\nc: \"010\"\nd: |\n  010\ne: >-\n  010\n"
    tags = "f: !!str 010\ng: !!int '7'\nh: ! 7\ni:\nj: !!str\nk: ''\n"
    assert read(text + tags) == {
        "a": 8.0, "b": "010", "c": "010", "d": "010\n", "e": "010", "f": "010", "g": 7.0, "h": "7", "i": None, "j": "",
        "k": "",
    }  # fmt: skip


def test_keys_become_text() -> None:
    assert read("1: a\ny: b\n0x10: c\n1e3: d\n'2': e\n? f\n: g\n&x h: i\n") == {
        "1": "a", "true": "b", "16": "c", "1000": "d", "2": "e", "f": "g", "h": "i",
    }  # fmt: skip


def test_an_alias_as_key() -> None:
    assert read("a: &x 010\nb: {*x : 1}\n") == {"a": 8.0, "b": {"8": 1.0}}


def test_an_anchor_may_be_written_anew() -> None:
    assert read("a: &x 1\nb: *x\nc: &x {d: &x 2, e: *x}\nf: *x\n") == {
        "a": 1.0, "b": 1.0, "c": {"d": 2.0, "e": 2.0}, "f": 2.0,
    }  # fmt: skip


def test_a_merge_acts_where_it_stands() -> None:
    base = "b: &b {k: 1, m: 2}\nc: &c {k: 3, o: 4}\n"
    assert read(base + "x: {<<: *b, k: 9}\n")["x"] == {"k": 9.0, "m": 2.0}
    assert read(base + "x: {<<: [*b, *c]}\n")["x"] == {"k": 1.0, "m": 2.0, "o": 4.0}
    assert read(base + "x: {<<: *b, <<: *c}\n")["x"] == {"k": 3.0, "m": 2.0, "o": 4.0}
    assert read("x: {'<<': 1}\nw: <<\nz: {<<: []}\n") == {"x": {"<<": 1.0}, "w": "<<", "z": {}}


def test_a_key_before_a_merge_is_a_warning() -> None:
    text = "b: &b {k: 1}\nl:\n  - x: {z: 0, k: 9, <<: *b}\n"
    [found] = findings(text)
    assert read_document("v.yaml", text.encode()).value["l"] == [{"x": {"z": 0.0, "k": 1.0}}]
    assert str(found.where) == "v.yaml:3:15"
    assert found.severity is Severity.WARNING
    assert (found.code, found.pointer) == ("OVL109", "/l/0/x/k")
    assert found.what == "the key 'k' before `<<` is overridden by the merge"
    assert found.why == "Helm merges where `<<` stands; YAML says that the key wins"
    assert found.hint == "put `<<` first in its map"


def test_a_duplicate_key_is_told_at_the_second() -> None:
    text = "a:\n  - b/c: 1\n    d: 2\n    b/c: 3\n"
    [found] = findings(text)
    assert read_document("v.yaml", text.encode()).value == {"a": [{"b/c": 3.0, "d": 2.0}]}
    assert (str(found.where), found.code, found.pointer) == ("v.yaml:4:5", "OVL105", "/a/0/b~1c")
    assert found.severity is Severity.ERROR
    assert found.what == "the key 'b/c' stands twice in one map"
    assert found.why == "a key stands once in a map; Helm silently takes the last one"
    assert found.hint == "remove one of the two"


@pytest.mark.parametrize("text", ["1: a\n'1': b\n", "y: a\n'true': b\n", "1.0: a\n1: b\n", 'on: a\n"true": b\n'])
def test_two_keys_of_one_text(text: str) -> None:
    [found] = findings(text)
    assert (str(found.where), found.code) == ("v.yaml:2:1", "OVL105")
    assert found.why == "Helm makes the same text of both keys, and takes either at random"


@pytest.mark.parametrize("text", ["a: &a {1: x}\nb: {<<: *a, '1': y}\n", "a: &a {1: x}\nb: {'1': y, <<: *a}\n"])
def test_two_keys_of_one_text_through_a_merge(text: str) -> None:
    assert [found.code for found in findings(text)] == ["OVL105"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n\tb: 2\n", "v.yaml:2:1 OVL103 a tab stands where the indentation or a value begins"),
        ("a:\n  - x\n b: 1\n", "v.yaml:3:2 OVL103 did not find expected key"),
        ("a: b: c\n", "v.yaml:1:5 OVL103 mapping values are not allowed in this context"),
        ("a: 'x\n", "v.yaml:2:1 OVL103 found unexpected end of stream"),
        ("a: @x\n", "v.yaml:1:4 OVL103 a text begins with '@'"),
        ("a: [1, 2\nb: 3\n", "v.yaml:2:2 OVL103 did not find expected ',' or ']'"),
        ("é: .nan\n", "v.yaml:1:4 OVL103 '.nan' is not a finite number"),
        ("a: {b: [-.Inf]}\n", "v.yaml:1:9 OVL103 '-.Inf' is not a finite number"),
        ("a: *x\n", "v.yaml:1:4 OVL103 the alias *x has no anchor"),
        ("a: !!int x\n", "v.yaml:1:4 OVL103 'x' does not fit the tag !!int"),
        (
            "a: !!timestamp 2024-01-01\n",
            "v.yaml:1:4 OVL103 the tag !!timestamp is not accepted; quote the text instead",
        ),
        ("a: !e!x y\n", "v.yaml:1:4 OVL103 found undefined tag handle"),
        ("%YAML 1.1\n---\na: 1\n", "v.yaml:1:1 OVL103 a YAML directive"),
        ("%YAML 1.2\n---\na: 1\n", "v.yaml:1:1 OVL103 a YAML directive"),
        ("a: {<<: 1}\n", "v.yaml:1:9 OVL103 the value of `<<` is no map"),
        ("l: &l [{}]\na: {<<: *l}\n", "v.yaml:2:9 OVL103 the value of `<<` is no map"),
        ('a: "http:\\/\\/x"\n', "v.yaml:1:10 OVL103 the escape '\\/' in double quotes"),
        ("--- {a: 1}\n", "v.yaml:1:1 OVL103 a line begins with '---'"),
        ("---a: 1\n", "v.yaml:1:1 OVL103 a line begins with '---'"),
        ("a: 1\n---\nb: 2\n", "v.yaml:2:1 OVL104 a second document begins here"),
        ("a: 1\n---\n", "v.yaml:2:1 OVL104 a second document begins here"),
        ("---\n---\na: 1\n", "v.yaml:2:1 OVL104 a second document begins here"),
        ("a: 1\n...\nb: 2\n", "v.yaml:3:1 OVL103 text after the end of the document"),
        ("# c\n---\n...\n", "v.yaml:3:1 OVL103 the end of a document that has no text"),
        ("# c\n- a\n", "v.yaml:2:1 OVL106 the file holds a list"),
        ("text\n", "v.yaml:1:1 OVL106 the file holds text"),
        ("1\n", "v.yaml:1:1 OVL106 the file holds a number"),
        ("on\n", "v.yaml:1:1 OVL106 the file holds a boolean"),
        ("a: &a [*a]\n", "v.yaml:1:8 OVL107 the anchor &a contains itself"),
        ("a: &a {b: {<<: *a}}\n", "v.yaml:1:16 OVL107 the anchor &a contains itself"),
        ("a: {~: 1}\n", "v.yaml:1:5 OVL108 the key is null"),
        ("?\n: 1\n", "v.yaml:1:2 OVL108 the key is null"),
        ("[a]: 1\n", "v.yaml:1:1 OVL108 the key is a list"),
        ("? {a: b}\n: 1\n", "v.yaml:1:3 OVL108 the key is a map"),
        ("a: &a [b]\nc: {*a : 1}\n", "v.yaml:2:5 OVL108 the key is a list"),
        ("9223372036854775808: 1\n", "v.yaml:1:1 OVL108 the key 9223372036854775808 does not fit 64 bits"),
        ("a: \x07\n", "v.yaml:1:4 OVL102 the character U+0007"),
        ("a: 1\nb: x\x7f\n", "v.yaml:2:5 OVL102 the character U+007F"),
        ("a: x\ufeffy\n", "v.yaml:1:5 OVL102 the character U+FEFF"),
    ],
)
def test_what_cannot_be_read(text: str, expected: str) -> None:
    assert short(text) == [expected]
    with pytest.raises(InvalidInput):
        read_document("v.yaml", text.encode())


def test_bytes_that_are_no_utf_8() -> None:
    [found] = findings(b"\xef\xbb\xbfa: 1\nb\xc3\xa9: \xff\n")
    assert (str(found.where), found.code) == ("v.yaml:2:5", "OVL102")
    assert (found.what, found.why) == ("the byte 0xff is not UTF-8 text", "values files are UTF-8")
    [found] = findings("a: 1\n".encode("utf-16"))
    assert found.why == "values files are UTF-8; this one looks like UTF-16"


def test_all_findings_of_a_file() -> None:
    assert short("a: .nan\na: 1\n~: {b: c}\n[x, y]: z\nd: !!int d\ne: 1\n...\n x") == [
        "v.yaml:1:4 OVL103 '.nan' is not a finite number",
        "v.yaml:2:1 OVL105 the key 'a' stands twice in one map",
        "v.yaml:3:1 OVL108 the key is null",
        "v.yaml:4:1 OVL108 the key is a list",
        "v.yaml:5:4 OVL103 'd' does not fit the tag !!int",
        "v.yaml:8:2 OVL103 text after the end of the document",
    ]


def test_findings_end_at_a_thousand() -> None:
    assert len(findings("a: 1\n" * 5000)) == 1000


@pytest.mark.parametrize(
    "text",
    ["[" * 2_000_000, "{a: " * 500_000, "- " * 500_000, "? " * 500_000, "a: " + "[" * 200 + "]" * 200],
    ids=["lists", "maps", "block lists", "block keys", "one too deep"],
)
def test_endless_nesting(text: str) -> None:
    assert findings(text)[-1].what == "nested deeper than 200 levels"


def test_the_deepest_nesting() -> None:
    assert read("a: " + "[" * 199 + "]" * 199)


def test_nesting_through_aliases() -> None:
    deep = "[" * 150 + "{}" + "]" * 150
    text = f"a: &a {deep}\nb: {deep.replace('{}', '*a')}\n"
    assert short(text) == ["v.yaml OVL107 nested deeper than 200 levels"]


def test_a_long_chain_of_merges() -> None:
    """Long enough to overflow the stack if it were followed link by link."""
    plain = "".join(f"p{number}: 1\n" for number in range(10_000))
    links = [f"a{number}: &a{number} {{<<: *a{number - 1}, k{number}: 1}}\n" for number in range(1, 400)]
    document = read_document("v.yaml", (plain + "a0: &a0 {k0: 1}\n" + "".join(links)).encode())
    assert len(document.value["a399"]) == 400  # type: ignore[arg-type]
    last = document.root.child("a399")
    assert last is not None
    assert target(last.value).child("k0")


def test_an_alias_bomb() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    start = spent()
    [found] = findings("\n".join(lines))
    assert spent() - start < 5
    assert (found.code, found.what) == ("OVL107", "the file has too many aliases of aliases")
    assert found.where.line == 4


@pytest.mark.parametrize(
    ("aliased", "decodes", "too_many"),
    [
        (100, 1001, False), (1000, 1000, False), (990, 1001, False), (991, 1001, True), (396_000, 400_000, False),
        (396_001, 400_000, True), (1_198_999, 2_200_000, False), (1_199_002, 2_200_000, True),
        (400_001, 4_000_000, True), (400_000, 4_000_000, False), (600_000, 6_000_000, False),
        (600_001, 6_000_000, True),
    ],
)  # fmt: skip
def test_the_limit_of_aliases(aliased: int, decodes: int, too_many: bool) -> None:
    assert excessive(aliased, decodes) is too_many


def test_aliases_share_their_value() -> None:
    value = read("a: &a {b: [c]}\nd: *a\n")
    assert value["a"] is value["d"]
