"""Streams of Kubernetes objects: what is read from them, and what is said about those that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from overlays.errors import InvalidInput
from overlays.io.stream import StreamReader
from overlays.io.stream_values import BadValueError, read_documents
from overlays.model.stream import Identity, Stream

OBJECT = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\n"


def read(text: str | bytes) -> Stream:
    return StreamReader().read("s.yaml", text.encode() if isinstance(text, str) else text)


def refused(text: str | bytes) -> list[str]:
    """Each finding as place, code and what."""
    with pytest.raises(InvalidInput) as caught:
        read(text)
    return [f"{item.where} {item.code} {item.what}" for item in caught.value.findings]


def value(text: str) -> Any:
    (document,) = read_documents(text)
    return document.value


def test_objects_are_read_with_their_places() -> None:
    stream = read(
        f"# a comment\n---\n# Source: a/b.yaml\n{OBJECT}---\n---\n# nothing\n--- \n{OBJECT}  namespace: prod\n...\n"
    )
    assert stream.name == "s.yaml"
    assert [(item.identity, item.line, item.column) for item in stream.objects] == [
        (Identity("apps", "Deployment", "", "api"), 4, 1),
        (Identity("apps", "Deployment", "prod", "api"), 12, 1),
    ]
    assert stream.objects[0].value["metadata"] == {"name": "api"}


@pytest.mark.parametrize("text", ["", "---\n", "# Source: x\n", "\ufeff", "---\n---\n...\n", "null\n"])
def test_a_stream_may_be_empty(text: str) -> None:
    assert read(text).objects == ()


def test_line_ends_and_a_byte_order_mark_do_not_count() -> None:
    text = f"{OBJECT}data:\n  text: |\n    a\n    b\n"
    plain, other = read(text), read("\ufeff" + text.replace("\n", "\r\n"))
    assert plain.objects == other.objects
    assert plain.objects[0].value["data"] == {"text": "a\nb\n"}


def test_the_core_group_has_no_name_and_versions_do_not_count() -> None:
    (config,) = read("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n").objects
    (policy,) = read("apiVersion: policy/v1beta1\nkind: P\nmetadata: {name: c}\n").objects
    assert (config.identity.group, policy.identity.group) == ("", "policy")


def test_a_list_counts_for_its_items() -> None:
    items = (
        "- apiVersion: v1\n  kind: A\n  metadata: {name: one}\n- apiVersion: v1\n  kind: B\n  metadata: {name: two}\n"
    )
    stream = read(f"apiVersion: v1\nkind: List\nitems:\n{items}")
    assert [(item.identity.kind, item.line) for item in stream.objects] == [("A", 4), ("B", 7)]
    typed = read("apiVersion: v1\nkind: ConfigMapList\nitems: [{metadata: {name: one}}, {metadata: {name: two}}]\n")
    assert [tuple(item.identity) for item in typed.objects] == [
        ("", "ConfigMap", "", "one"),
        ("", "ConfigMap", "", "two"),
    ]


def test_generated_names_may_stand_twice() -> None:
    text = "---\napiVersion: batch/v1\nkind: Job\nmetadata: {generateName: job-}\n"
    assert [item.identity.name for item in read(text * 2).objects] == ["job-*", "job-*"]


def test_scalars_are_what_kubernetes_reads() -> None:
    text = (
        "[1, 0x10, 9007199254740993, 1.5, 1e3, yes, on, ~, 2024-01-01, 12:30, '1', !!str 1, 1_000, 1.10.0, 0o17, =,"
        ' "a\\tb"]\n'
    )
    want = [1, 16, 9007199254740993, 1.5, 1000, True, True, None, "2024-01-01", "12:30", "1", "1"]
    assert value(text) == [*want, 1000, "1.10.0", 15, "=", "a\tb"]
    assert value("{1: a, yes: b, 1.5: c, '<<': d}") == {"1": "a", "true": "b", "1.5": "c", "<<": "d"}


def test_aliases_and_merges_act_where_they_stand() -> None:
    assert value("a: &x {k: 1, l: 2}\nb: *x\nc: {k: 0, <<: *x, l: 3}\nd: {<<: [{k: 7}, *x]}\n") == {
        "a": {"k": 1, "l": 2},
        "b": {"k": 1, "l": 2},
        "c": {"k": 1, "l": 3},
        "d": {"k": 7, "l": 2},
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: &x [*x]\n", "the alias 'x' stands inside its own anchor"),
        ("a: *x\n", "the alias 'x' has no anchor"),
        ("{[a]: 1}\n", "a map or a list stands as a key"),
        ("? {a: 1}\n: 1\n", "a map or a list stands as a key"),
        ("&x {a: 1}: 1\n", "a map or a list stands as a key"),
        ("a: &x {b: 1}\n*x : 1\n", "a map or a list stands as a key"),
        ("~: 1\n", "the key is null"),
        ("a: .nan\n", "'.nan' is not a finite number"),
        ("a: {<<: 1}\n", "the value of `<<` is no map"),
        ("[" * 300 + "]" * 300, "nested deeper than 200 levels"),
    ],
)
def test_what_is_no_value_of_kubernetes(text: str, told: str) -> None:
    with pytest.raises(BadValueError, match="^" + told.replace("*", "[*]")):
        value(text)


def test_aliases_that_grow_without_bound_are_refused() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(BadValueError, match="aliases repeat"):
        value("\n".join(lines))
    nested = ["a0: &a0 {}"] + [f"a{n}: &a{n} {{x: *a{n - 1}}}" for n in range(1, 230)]
    with pytest.raises(BadValueError, match="nested deeper"):
        value("\n".join(nested))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("overlays: {}\n", "s.yaml:1:1 OVL425 `apiVersion` is missing"),
        ("# x\n- a\n", "s.yaml:2:1 OVL425 a list in the place of an object"),
        ("NAME prod\n", "s.yaml:1:1 OVL425 text in the place of an object"),
        ("17\n", "s.yaml:1:1 OVL425 a number in the place of an object"),
        ("apiVersion: v1\n", "s.yaml:1:1 OVL425 `kind` is missing"),
        ("apiVersion: v1\nkind: A\n", "s.yaml:1:1 OVL425 a A without `metadata`"),
        ("apiVersion: v1\nkind: A\nmetadata: {}\n", "s.yaml:1:1 OVL425 `name` is missing"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: 1}\n", "s.yaml:1:1 OVL425 `name` is not text"),
        (f"{OBJECT}---\n{OBJECT}a: b: c\n", "s.yaml:10:5 OVL425 mapping values are not allowed in this context"),
        (f"{OBJECT}---\n{OBJECT}x: \x07\n", "s.yaml:10:4 OVL425 the character U+0007"),
        (f"{OBJECT}---\nkind: .nan\n", "s.yaml:6:7 OVL425 '.nan' is not a finite number"),
        ("apiVersion: v1\nkind: List\nitems:\n- 1\n", "s.yaml:1:1 OVL425 a number in the place of an object"),
        (b"a: \xff\n", "s.yaml:1:4 OVL102 the byte 0xff is not UTF-8 text"),
        (f"{OBJECT}---\n{OBJECT}", "s.yaml:6:1 OVL426 Deployment 'api' stands in line 1 already"),
        (
            "apiVersion: v1\nkind: CList\nitems: [{metadata: {name: one}}, {metadata: {name: one}}]\n",
            "s.yaml:3:34 OVL426 C 'one' stands in line 3 already",
        ),
    ],
)
def test_what_is_no_stream(text: str | bytes, told: str) -> None:
    assert refused(text) == [told]


def test_every_wrong_document_is_told_and_not_too_many() -> None:
    assert refused(f"a: b: c\n---\n{OBJECT}---\n[\n") == [
        "s.yaml:1:5 OVL425 mapping values are not allowed in this context",
        "s.yaml:9:1 OVL425 did not find expected node content",
    ]
    assert len(refused("---\n- a\n" * 1000)) == 100


def test_equal_documents_of_two_streams_share_their_values() -> None:
    reader = StreamReader()
    one, other = (reader.read(name, f"---\n{OBJECT}".encode()) for name in ("one", "other"))
    assert one.objects[0].value is other.objects[0].value
