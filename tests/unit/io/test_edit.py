"""The edit behind `overlays migrate`, byte for byte. edit_cases.txt: a name, a file, `>>>` and the file after it."""

from __future__ import annotations

import pathlib
import re
from typing import Final

import pytest

from overlays.cli.migrate import Migrated, run_migrate
from overlays.errors import InvalidInput
from overlays.io.original import Original
from overlays.io.values import Inputs

TEXT: Final = (pathlib.Path(__file__).parent / "edit_cases.txt").read_text()
CASES: Final = {
    title: tuple(case.split(">>>\n"))
    for title, case in re.findall(r"^### (.*)\n((?:(?!### ).*\n)*)", TEXT, re.MULTILINE)
}
every_case = pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)


def run(data: bytes) -> Migrated:
    return run_migrate(Inputs(), "agent-overlays", Original("values.yaml", data, None))


def migrated(text: str) -> str:
    """The text after the migration, which has been proved to say the same."""
    done = run(text.encode())
    assert done.after is not None
    return done.data.decode()


def refusal(text: str) -> str:
    """Place, code and what of the one finding that refuses the text."""
    with pytest.raises(InvalidInput) as caught:
        migrated(text)
    (found,) = caught.value.findings
    return f"{found.where}: {found.code}: {found.what}"


def test_all_cases_are_read() -> None:
    assert len(CASES) == TEXT.count(">>>\n")


@every_case
def test_only_the_list_changes(before: str, after: str) -> None:
    assert migrated(before) == after


@every_case
def test_a_second_time_there_is_nothing_to_do(before: str, after: str) -> None:
    done = run(after.encode())
    assert (done.after, done.data) == (None, after.encode())


@every_case
def test_line_ends_stay(before: str, after: str) -> None:
    if before:
        assert migrated(before.replace("\n", "\r\n")) == after.replace("\n", "\r\n")


@every_case
def test_a_byte_order_mark_stays(before: str, after: str) -> None:
    assert migrated(f"\ufeff{before}") == f"\ufeff{after}"


@every_case
def test_a_missing_line_end_stays_missing(before: str, after: str) -> None:
    if "|" not in before and "\n\n" not in before[-2:]:  # there the line end is part of a value, or follows another
        assert migrated(before.removesuffix("\n")) == (after.removesuffix("\n") if before else after)


def test_line_ends_of_two_kinds_stay() -> None:
    before = "a: 1\r\ntoolServer:\n  ref: x\r\n  repo: a/b\nb: 2\r\n"
    assert migrated(before) == ("a: 1\r\noverlays:\r\n  sources:\r\n    - ref: x\r\n      repo: a/b\nb: 2\r\n")


SHARED: Final = {
    "the list": (
        "x: &l [{repo: a/b}]\ntoolServer:\n  extraSources: *l\n",
        "values.yaml:3:17: OVL312: toolServer.extraSources is an alias",
    ),
    "an entry": (
        "x: &m {repo: a/b, subdir: q}\ntoolServer:\n  extraSources:\n    - *m\n",
        "values.yaml:4:7: OVL312: an entry of the list comes through an alias, from line 1",
    ),
    "a merge in an entry": (
        "x: &d {workflowsSubdir: ''}\ntoolServer: {extraSources: [{<<: *d, repo: a/b}]}\n",
        "values.yaml:2:34: OVL312: an entry of the list comes through an alias, from line 1",
    ),
    "a merge of a merge in an entry": (
        "x: &c {subdir: q}\ny: &d {<<: *c}\ntoolServer: {extraSources: [{<<: *d, repo: a/b}]}\n",
        "values.yaml:3:34: OVL312: an entry of the list comes through an alias, from line 1",
    ),
    "toolServer": (
        "x: &s\n  repo: a/b\ntoolServer: *s\n",
        "values.yaml:3:13: OVL312: toolServer is an alias",
    ),
    "a merge": (
        "x: &d {repo: a/b}\ny: &e {<<: *d}\ntoolServer:\n  <<: [*e]\n",
        "values.yaml:4:8: OVL312: keys of toolServer that name sources come through `<<`",
    ),
    "a merge at the top": (
        "x: &all\n  toolServer: {repo: a/b}\n<<: *all\n",
        "values.yaml:1:1: OVL312: toolServer comes through `<<`",
    ),
    "overlays": (
        "x: &o {sources: []}\noverlays: *o\ntoolServer: {repo: a/b}\n",
        "values.yaml:2:11: OVL312: overlays holds an alias",
    ),
    "inside overlays": (
        "x: &o {sources: []}\noverlays:\n  <<: *o\ntoolServer: {repo: a/b}\n",
        "values.yaml:3:3: OVL312: overlays holds an alias",
    ),
    "an explicit key": (
        "? toolServer\n: repo: x/y\n",
        "values.yaml:1:3: OVL312: a key is written with `?`",
    ),
    "an explicit key inside": (
        "toolServer:\n  ? repo\n  : x/y\n",
        "values.yaml:2:5: OVL312: a key is written with `?`",
    ),
    "a renamed key of an anchor used elsewhere": (
        "toolServer:\n  extraSources:\n    - &one {repo: a/b, subdir: x}\nother: *one\n",
        "values.yaml: OVL311: the edited file would not say the same: the value of 'other' in the file",
    ),
    "the anchor of the list": (
        "toolServer:\n  extraSources: &teams\n    - repo: a/b\nothers: *teams\n",
        "values.yaml: OVL311: the edited file would not say the same: it cannot be used: "
        "the alias *teams has no anchor",
    ),
    "an anchor below its alias": (
        "toolServer:\n  extraSources:\n    - repo: a/b\n      ref: &r x\n  ref: *r\n",
        "values.yaml: OVL311: the edited file would not say the same: it cannot be used: the alias *r has no anchor",
    ),
    "an anchor that goes": (
        "toolServer:\n  subdir: &empty ''\n  port: 8001\nother: *empty\n",
        "values.yaml: OVL311: the edited file would not say the same: it cannot be used: "
        "the alias *empty has no anchor",
    ),
    "an emptied overlays used elsewhere": (
        "overlays: &none {}\nother: *none\n",
        "values.yaml: OVL311: the edited file would not say the same: it cannot be used: the alias *none has no anchor",
    ),
}


@pytest.mark.parametrize(("text", "told"), SHARED.values(), ids=SHARED)
def test_what_others_share_is_refused_with_its_reason(text: str, told: str) -> None:
    assert refusal(text) == told
