"""`overlays status` of documents that somebody else may have written."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlays.core.loaded import apart
from overlays.errors import InvalidInput
from overlays.io.loaded import load
from overlays.io.source import MAX_BYTES, Sources
from overlays.report import text
from overlays.report.loaded import as_json, as_text
from tests.support.status import NODES, ONE, PODS, Files, cache, item, validate, workspace


@pytest.fixture
def files(tmp_path: pathlib.Path) -> Files:
    return Files(tmp_path)


HOSTILE: Mapping[str, bytes] = {
    "nothing": b"",
    "no JSON": b"<html>",
    "not UTF-8": b'{"schemaVersion": 1, "\xff": 1}',
    "a list": b"[]",
    "null": b"null",
    "deep": b"[" * 100_000,
    "deep inside": b'{"schemaVersion": 1, "repositories": ' + b"[" * 100_000,
    "a number without end": b'{"schemaVersion": ' + b"9" * 100_000 + b"}",
    "no version": b"{}",
    "another version": b'{"schemaVersion": 2}',
    "a version that is true": json.dumps({**cache("x", {}), "schemaVersion": True}).encode(),
    "a version with a point": json.dumps({**cache("x", {}), "schemaVersion": 1.0}).encode(),
    "no keys": b'{"schemaVersion": 1}',
    "repositories that are none": b'{"schemaVersion": 1, "repositories": []}',
    "a repository that is none": json.dumps(cache("x", {}, repositories={"a/b": "c"})).encode(),
    "a pod that is no text": json.dumps({**cache("x", {}), "pod": [1]}).encode(),
    "items that are none": json.dumps(workspace(items={})).encode(),
    "an item that is none": json.dumps(workspace(items=[7])).encode(),
    "shadows that are a text": json.dumps(workspace(item("skills", "a", "b/c", ONE, shadows="abc"))).encode(),
    "a name that is a number": json.dumps(workspace(item("skills", "a", "b/c", ONE) | {"name": 1})).encode(),
    "skipped that is none": json.dumps(workspace(skipped=[1])).encode(),
    "too large": b" " * (MAX_BYTES + 1),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_document_is_refused_in_one_finding(tmp_path: pathlib.Path, data: bytes) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(data)
    with pytest.raises(InvalidInput) as refused:
        load(str(file), Sources())
    (finding,) = refused.value.findings
    assert finding.code == ("OVL101" if len(data) > MAX_BYTES else "OVL634")
    assert len(text.report([finding])) < 1000


def test_texts_of_others_cannot_steer_the_terminal(files: Files) -> None:
    evil = "a\x1b[2J\n\u202e\ud800"
    ran = files.status(
        a=cache(evil, {evil: evil}, set=evil, manifestDigest=evil, notReadyReason=evil),
        b=workspace(item(evil, evil, evil, evil, ref=evil, mount=evil, shadows=[evil]), agent=evil, set=evil),
    )
    assert (ran.code, ran.stderr) == (0, b"")
    assert not {"\x1b", "\u202e"} & {*ran.stdout.decode()}
    assert rb"a: the cache" not in ran.stdout
    assert rb"a\x1b[2J\n\u202e\ud800" in ran.stdout


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "pod",
    "set",
    "complete",
    "manifestDigest",
    "notReadyReason",
    "repositories",
    "items",
    "agent",
    "fallback",
    "skipped",
]
SPOILT = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3)


@given(st.sampled_from([NODES["n2"], PODS["p1"]]), SPOILT)
def test_any_spoilt_document_is_told_or_refused(whole: dict[str, object], spoilt: dict[str, object]) -> None:
    data = json.dumps({**whole, **spoilt}).encode()
    try:
        found = load("x", Sources(given={"x": data}))
    except InvalidInput:
        return
    both = [found, load("y", Sources(given={"y": json.dumps(PODS["p2"]).encode()}))]
    as_text(both, apart(both)).encode()
    validate(json.loads(as_json(both, apart(both))))
