"""`overlays migrate` on random values files: what is rendered, and all else in the file, stays as it is."""

from __future__ import annotations

import collections
import json
import pathlib
import random
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from overlays.cli.migrate import Migrated, run_migrate
from overlays.errors import InvalidInput
from overlays.io.original import Original
from overlays.io.values import Inputs
from overlays.model.plan import Mode
from tests.support import parity
from tests.support.helm import HELMS
from tests.support.values_runs import folder, names, plan, shown, template
from tests.support.values_texts import RELEASES, Drawn, Example
from tests.support.yaml_writer import Raw, write

WITH_HELM: Final = max(1, settings.get_profile("run").max_examples // 6)
BREAK: Final = "\r\n|[\r\n\x85\u2028\u2029]"
ESCAPED: Final = '[\x00-\x1f"\\\\\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]'
MOVING: Final = ("overlays", "toolServer")
# What the migration rightly refuses: an alias without its anchor, a later empty list, a wrong value that was hidden.
RARE: Final = re.compile(r"no anchor|to an empty list|toolServer\.\w+ is ")


class Case(NamedTuple):
    """values: files in order. which: the index of the one that is migrated."""

    values: Example
    which: int


chances = st.randoms(use_true_random=False)


def compat(chance: random.Random) -> Case:
    """Values files without a deliberate mistake that make a list in compat mode, and which is to be migrated."""
    drawn = Drawn(chance, wrong=0.0)
    texts = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        tree = drawn.values()
        tree.pop("overlays", None)
        if drawn.often(0.7):
            tree["toolServer"] = drawn.tool_server()
        if drawn.often(0.35):
            parts = {"sources": [], "delivery": "merged"}
            tree["overlays"] = {key: parts[key] for key in chance.sample(list(parts), chance.randint(0, 2))}
        keys = list(tree)
        chance.shuffle(keys)
        texts.append(spelled(chance, {key: tree[key] for key in keys}))
    values = Example(tuple(texts), (), chance.choice(RELEASES))
    return Case(values, chance.choice((-1, -1, 0)) % len(texts))


def spelled(chance: random.Random, tree: dict[str, Any]) -> bytes:
    """The tree as people write it: in blocks or brackets, with comments, in all kinds of line breaks."""
    if chance.random() > 0.85:
        text = "".join(brackets(chance, tree, 0, chance.choice((2, 4)))) + "\n"
    else:
        text = commented(chance, write(chance, tree, risk=0.0).decode())
    form = chance.random()
    if form > 0.9:
        text = text.rstrip("\r\n")
    elif form > 0.8 and "\r" not in text:
        text = "".join(line + chance.choice(("\n", "\r\n")) for line in text.split("\n")[:-1]) + text.split("\n")[-1]
    return text.encode()


def commented(chance: random.Random, text: str) -> str:
    """A text in blocks with comments and empty lines above some of its keys and items."""
    mark = text[:1] if text.startswith("\ufeff") else ""
    text = text.removeprefix("\ufeff")
    newline = "\r\n" if "\r\n" in text else "\n"
    at = 0
    parts = [mark]
    for token in yaml.scan(text, yaml.CLoader):
        index = text.rfind("\n", 0, token.start_mark.index) + 1
        lead = text[index : token.start_mark.index]
        if not isinstance(token, yaml.KeyToken | yaml.BlockEntryToken) or lead.strip() or index < at:
            continue
        if chance.random() > 0.8:
            column = chance.choice((len(lead), len(lead), len(lead), 0, len(lead) + 2))
            blank = chance.choice(("", "", newline))
            parts += [text[at:index], f"{blank}{' ' * column}# note {index}{newline}{chance.choice(('', '', blank))}"]
            at = index
    return "".join([*parts, text[at:]])


def brackets(chance: random.Random, value: Any, indent: int, step: int) -> Iterator[str]:
    """A value in brackets over several lines, with comments between its parts."""
    if not isinstance(value, dict | list) or not value or chance.random() > 0.9:
        yield plain(value)
        return
    yield "{" if isinstance(value, dict) else "["
    pad = f"\n{' ' * (indent + step)}"
    for number, item in enumerate(value, 1):
        yield f"{pad}# note {chance.random()}{pad}" if chance.random() > 0.8 else pad
        if isinstance(value, dict):
            yield f"{json.dumps(item)}: "
        yield from brackets(chance, value[item] if isinstance(value, dict) else item, indent + step, step)
        yield "," if number < len(value) else ""
        yield f" # note {chance.random()}" if chance.random() > 0.85 else ""
    yield f"\n{' ' * indent}{'}' if isinstance(value, dict) else ']'}"


def plain(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Raw):
        return str(value) or "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {plain(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(plain, value)) + "]"
    return '"' + re.sub(ESCAPED, lambda found: f"\\u{ord(found[0]):04x}", value) + '"'


def migrated(case: Case, directory: pathlib.Path) -> Migrated:
    """The file after the migration, the others around it."""
    values, which = case
    files = [str(directory / name) for name in names(values)]
    original = Original(files[which], values.files[which], None)
    return run_migrate(Inputs(tuple(files)), values.release, original)


def run(case: Case) -> Migrated | None:
    """The same; None for values that have an error or no source, or in which nothing can be moved."""
    with folder(case.values) as directory:
        try:
            done = migrated(case, directory)
        except InvalidInput as error:
            told = {finding.code: finding.what for finding in error.findings}
            assert RARE.search(told.get("OVL311", "no anchor")), f"{told}\n{shown(case.values)}"
            return None
    return done if done.after else None


def with_file(case: Case, data: bytes) -> Case:
    """The case with another content of the file."""
    files = list(case.values.files)
    files[case.which] = data
    return case._replace(values=case.values._replace(files=tuple(files)))


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


def check(case: Case, done: Migrated) -> None:
    old, new = case.values.files[case.which], done.data
    note(f"{shown(case.values)}\n>>> {case.which}\n{new.decode()}")
    after = with_file(case, new)
    checked = plan(after.values)
    assert checked.plan.mode is Mode.EXPLICIT
    assert parity.of_checked(checked) == parity.of_checked(plan(case.values))
    assert comments(new) >= comments(old)
    assert new.startswith(b"\xef\xbb\xbf") == old.startswith(b"\xef\xbb\xbf")
    assert new.endswith(b"\n") or not old.endswith(b"\n")
    assert b"\r" in old or b"\r" not in new
    before, now = blocks(old), blocks(new)
    assert old.endswith(b"\n") or not new.endswith(b"\n") or [*before][-1:] in ([], ["toolServer"])
    kept = [key for key in before if key not in MOVING]
    assert [key for key in now if key not in MOVING] == kept
    for key in kept:
        assert is_in(before[key], now[key]), key
    with folder(after.values) as directory:
        again = migrated(after, directory)
    assert (again.after, again.data) == (None, new)


@given(case=chances.map(compat))
def test_everything_renders_the_same_and_the_rest_of_the_file_stays(case: Case) -> None:
    done = run(case)
    assume(done is not None)
    assert done is not None
    check(case, done)


@settings(max_examples=WITH_HELM)
@given(case=chances.map(compat))
def test_both_helms_render_every_object_the_same(case: Case) -> None:
    done = run(case)
    assume(done is not None)
    assert done is not None
    after = with_file(case, done.data).values
    for helm, one, other in zip(HELMS, template(case.values), template(after), strict=True):
        assert (one.code, other.code) == (0, 0), f"{helm.name}: {one.stderr}{other.stderr}\n{shown(after)}"
        assert one.stdout == other.stdout, f"{helm.name}\n{shown(after)}"
