"""`overlays status`: which versions nodes and pods have, and where they differ."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping

import pytest

from overlays.errors import InvalidInput
from overlays.io.loaded import load
from overlays.io.source import Sources
from tests.support.overlays import overlays
from tests.support.status import DIGEST, NODES, ONE, OTHER, PODS, Files, item, validate, workspace


@pytest.fixture
def files(tmp_path: pathlib.Path) -> Files:
    return Files(tmp_path)


def test_one_document_is_told(files: Files) -> None:
    ran = files.status(n1=NODES["n1"])
    assert ran == (
        0,
        b"n1.json: the cache of the pod node-1\n"
        b"  set       0123456789abcdef (complete)\n"
        b"  manifest  " + DIGEST.encode() + b"\n"
        b"  acme/base         main      111111111111      ok\n"
        b"  acme/extra        main      222222222222      ok\n",
        b"",
    )


EVERYTHING = f"""\
n1.json: the cache of the pod node-1
  set       0123456789abcdef (complete)
  manifest  {DIGEST}
  acme/base         main      111111111111      ok
  acme/extra        main      222222222222      ok

n2.json: the cache of the pod node-2
  set       0123456789abcdef (incomplete)
  manifest  {OTHER}
  but       the current set is incomplete; missing: acme/new (waiting)
  acme/base         main      111111111111      ok
  acme/extra        main      333333333333      ok
  acme/new          main      -                 ok

p1.json: a workspace of the agent reviewer
  set       0123456789abcdef (complete)
  manifest  {DIGEST}
  but       not delivered: acme/base .agents/skills/x: no name
  skills/pdf        acme/extra@main   222222222222      skills/pdf        as team-pdf, preloaded, shadows acme/base
  tools/jira        acme/base@main    111111111111      tools/jira        -

p2.json: a workspace of the agent reviewer
  set       0123456789abcdef (complete)
  manifest  {DIGEST}
  but       installed from a set that stands in: previous
  skills/pdf        acme/base         111111111111      skills/pdf        -

p3.json: a workspace of no agent
  set       0123456789abcdef (complete)
  manifest  {DIGEST}
  skills/pdf        acme/extra@main   222222222222      skills/pdf        -

They differ in 5 things:
  the manifest
    {DIGEST}: n1.json, p1.json, p2.json, p3.json
    {OTHER}: n2.json
  the agent
    no agent: p3.json
    reviewer: p1.json, p2.json
  acme/extra
    222222222222: n1.json, p1.json, p3.json
    333333333333: n2.json
  skills/pdf
    acme/base 111111111111 skills/pdf: p2.json
    acme/extra 222222222222 skills/pdf: p3.json
    acme/extra 222222222222 skills/pdf, as team-pdf, preloaded: p1.json
  tools/jira
    not there: p2.json
    acme/base 111111111111 tools/jira: p1.json
"""


def test_all_that_several_have_and_where_they_differ(files: Files) -> None:
    ran = files.status(**NODES, **PODS)
    assert ran.stdout.decode() == EVERYTHING
    assert (ran.code, ran.stderr) == (0, b"")
    assert files.status("--detailed-exitcode", **NODES, **PODS).code == 2


def test_documents_that_agree(files: Files) -> None:
    ran = files.status("--detailed-exitcode", a=NODES["n1"], b=NODES["n1"], c=PODS["p3"])
    assert ran.code == 0
    assert ran.stdout.decode().endswith("\n\nAll 3 agree.\n")


@pytest.mark.parametrize(
    ("other", "more"),
    [({"mount": "team"}, ", as team-pdf"), ({"preload": True}, ", preloaded")],
    ids=["mount", "preload"],
)
def test_how_items_are_delivered_is_compared(files: Files, other: Mapping[str, object], more: str) -> None:
    one, two = (workspace(item("skills", "pdf", "acme/base", ONE, **some)) for some in ({}, other))
    ran = files.status("--detailed-exitcode", a=one, b=two)
    assert ran.code == 2
    assert ran.stdout.decode().endswith(
        "They differ in 1 thing:\n  skills/pdf\n    acme/base 111111111111 skills/pdf: a.json\n"
        f"    acme/base 111111111111 skills/pdf{more}: b.json\n"
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<html>", "it is no JSON: expecting value, line 1, column 1"),
        (b"\xff", "it is not UTF-8 text"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"schemaVersion": true}', "its schemaVersion is not 1"),
        (b'{"schemaVersion": ' + b"9" * 5000 + b"}", "it holds a number that is too long"),
    ],
    ids=range(5),
)
def test_why_it_is_no_document(data: bytes, why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load("x", Sources(given={"x": data}))
    assert refused.value.findings[0].why == why


def test_the_json(files: Files) -> None:
    ran = files.status("--output", "json", **NODES, **PODS)
    found = json.loads(ran.stdout)
    validate(found)
    assert ran.stdout == (json.dumps(found, indent=2) + "\n").encode()
    assert found["documents"][3] == {
        "name": "p2.json",
        "place": "workspace",
        "pod": None,
        "agent": "reviewer",
        "set": "0123456789abcdef",
        "complete": True,
        "manifestDigest": DIGEST,
        "remarks": ["installed from a set that stands in: previous"],
        "repositories": [],
        "items": [
            {
                "kind": "skills",
                "name": "pdf",
                "source": "acme/base",
                "ref": "",
                "commit": ONE,
                "path": "skills/pdf",
                "mount": None,
                "preload": False,
                "shadows": [],
            }
        ],
    }
    assert found["differences"][-1] == {
        "about": "item",
        "name": "tools/jira",
        "values": [
            {"value": None, "documents": ["p2.json"]},
            {"value": f"acme/base {ONE} tools/jira", "documents": ["p1.json"]},
        ],
    }


def test_standard_input(files: Files) -> None:
    ran = overlays("status", "-", stdin=json.dumps(NODES["n1"]).encode(), cwd=files.folder)
    assert (ran.code, ran.stdout.splitlines()[0]) == (0, b"-: the cache of the pod node-1")


def test_one_that_cannot_be_read_does_not_hide_the_others(files: Files) -> None:
    ran = files.status("absent.json", n1=NODES["n1"])
    assert ran.code == 1
    assert ran.stdout.startswith(b"n1.json: the cache of the pod node-1\n")
    assert ran.told.startswith("absent.json: error OVL101: ")
    assert files.status().code == 64
