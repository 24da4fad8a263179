"""`overlays migrate` on random values files: what is rendered, and all else in the file, stays as it is."""

from __future__ import annotations

import collections
import pathlib
import random
import re
import tempfile
from typing import Any, Final

import yaml
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st
from yaml._yaml import CParser

from overlays.cli.migrate import Migrated, run_migrate
from overlays.errors import InvalidInput
from overlays.io.original import Original
from overlays.io.values import Inputs
from overlays.model.plan import Mode
from tests.support import parity
from tests.support.helm import HELMS
from tests.support.overlays import overlays
from tests.support.values_runs import folder, names, plan, shown, template
from tests.support.values_texts import Drawn, Example, RELEASES
from tests.support.yaml_writer import write

WITH_HELM: Final = max(1, settings.get_profile("run").max_examples // 6)
BREAK: Final = "\r\n|[\r\n\x85\u2028\u2029]"
CANNOT_BE_MOVED: Final = {"OVL312", "OVL313"}

chances = st.randoms(use_true_random=False)


def compat(chance: random.Random, files: int) -> Example:
    """Values files without a deliberate mistake that make a list in compat mode; the last one is to be migrated."""
    drawn = Drawn(chance, wrong=0.0)
    texts = []
    for _ in range(files):
        tree = drawn.values()
        tree.pop("overlays", None)
        if drawn.often(0.7):
            tree["toolServer"] = drawn.tool_server()
        if drawn.often(0.2):
            tree["overlays"] = {} if drawn.often(0.5) else {"sources": []}
        keys = list(tree)
        chance.shuffle(keys)
        texts.append(restyled(chance, write(chance, {key: tree[key] for key in keys}, risk=0.0)))
    return Example(tuple(texts), (), chance.choice(RELEASES))


def restyled(chance: random.Random, data: bytes) -> bytes:
    """The file without its last line break, or with line breaks of two kinds."""
    form = chance.random()
    if form > 0.9:
        return data.rstrip(b"\r\n")
    if form > 0.8 and b"\r" not in data:
        lines = data.split(b"\n")
        return b"".join(line + chance.choice((b"\n", b"\r\n")) for line in lines[:-1]) + lines[-1]
    return data


def migrated(values: Example, directory: pathlib.Path) -> Migrated:
    """The last file after the migration, the others around it."""
    files = [str(directory / name) for name in names(values)]
    original = Original(files[-1], values.files[-1], None)
    return run_migrate(Inputs(tuple(files)), values.release, original)


def run(values: Example) -> Migrated | None:
    """The same; None for values that have an error, are no list in compat mode, or stand so that nothing can be moved."""
    with folder(values) as directory:
        try:
            done = migrated(values, directory)
        except InvalidInput as error:
            codes = {finding.code for finding in error.findings}
            assert "OVL311" not in codes or unlucky(error), f"{error.findings}\n{shown(values)}"
            return None
    return done if done.after else None


def unlucky(error: InvalidInput) -> bool:
    """Whether the move put an alias before its anchor, or took the anchor of one away."""
    return "has no anchor" in error.findings[0].what


def with_last(values: Example, data: bytes) -> Example:
    return values._replace(files=(*values.files[:-1], data))


def comments(data: bytes) -> collections.Counter[str]:
    """Every comment, by text."""
    text = data.decode("utf-8-sig")
    found = collections.Counter[str]()
    at = 0
    for token in yaml.scan(text, yaml.CLoader):
        gap = text[at : token.start_mark.index] if token.start_mark.index > at else ""
        found.update(comment.strip() for comment in re.findall("#[^\r\n\x85\u2028\u2029]*", gap))
        at = max(at, token.end_mark.index)
    return found


def blocks(data: bytes) -> dict[str, list[str]]:
    """Top-level key to its lines, up to the next key; {} for a file in brackets, or without values."""
    text = data.decode("utf-8-sig")
    root: Any = yaml.compose(text, yaml.CBaseLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return {}
    starts = [text.rfind("\n", 0, key.start_mark.index) + 1 for key, _ in root.value]
    ends = [*starts[1:], len(text)]
    return {
        key.value if isinstance(key, yaml.ScalarNode) else "": re.split(BREAK, text[start:end])
        for (key, _), start, end in zip(root.value, starts, ends, strict=True)
    }


def is_in(part: list[str], whole: list[str]) -> bool:
    """Whether all lines of the part stand in the whole, in their order."""
    rest = iter(whole)
    return all(line in rest for line in part if line.strip())


def check(values: Example, done: Migrated) -> None:
    old, new = values.files[-1], done.data
    note(f"{shown(values)}\n>>>\n{new.decode()}")
    after = plan(with_last(values, new))
    assert parity.of_checked(after) == parity.of_checked(plan(values))
    assert after.plan.mode is Mode.EXPLICIT
    assert comments(new) >= comments(old)
    assert new.startswith(b"\xef\xbb\xbf") == old.startswith(b"\xef\xbb\xbf")
    assert (b"\r" in new) == (b"\r" in old) or b"\n" not in old
    before, now = blocks(old), blocks(new)
    kept = [key for key in before if key not in ("overlays", "toolServer")]
    assert [key for key in now if key not in ("overlays", "toolServer")] == kept
    for key in kept:
        assert is_in(before[key], now[key]), key
    again = run_again(values, new)
    assert again.after is None
    assert again.data == new


def run_again(values: Example, new: bytes) -> Migrated:
    with folder(with_last(values, new)) as directory:
        return migrated(with_last(values, new), directory)


@given(chance=chances)
def test_a_file_renders_the_same_and_keeps_everything_else(chance: random.Random) -> None:
    values = compat(chance, 1)
    done = run(values)
    assume(done is not None)
    assert done is not None
    check(values, done)


@given(chance=chances)
def test_a_list_in_several_files_comes_whole_into_one(chance: random.Random) -> None:
    values = compat(chance, chance.choice((2, 2, 3)))
    done = run(values)
    assume(done is not None)
    assert done is not None
    check(values, done)
    assert done.after is not None
    assert done.before.plan.digest == done.after.plan.digest
