"""Streams of objects that no chart should print: nothing fails, and what is equal is no change."""

from __future__ import annotations

import copy
import functools
import json
import random
from collections.abc import Iterator
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from overlays.core.streams import compare_streams
from overlays.errors import InvalidInput
from overlays.io.stream import StreamReader
from overlays.report.difference import WRITERS
from tests.support.helm import HELM4, ROOT, render

VALUES = (
    "overlays: {sources: [{repo: a/a}, {repo: b/b, ref: v1}]}\nrepoCache: {githubToken: {token: HUSH}}",
    "overlays: {sources: [{repo: b/b}]}\nrepoCache: {storage: {type: persistentVolumeClaim, persistentVolumeClaim: "
    "{existingClaim: c}}, githubToken: {token: HUSH2}}",
)
ODD: tuple[Any, ...] = (
    *(
        None,
        1,
        True,
        "",
        "x",
        1.5,
        [],
        {},
        [None],
        ["a"],
        {"a": None},
        {"name": 1},
        "a\nb",
        [[]],
        "\x7f",
        "```\n|",
        "😀",
    ),
    *([{"name": "x"}, {"name": "x"}], [{"name": {}}, {"name": "x", "value": []}], {"containers": [1]}),
)
FIXED = (("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"))
SCHEMA = jsonschema.Draft7Validator(json.loads((ROOT / "schemas" / "diff.schema.json").read_bytes()))


@functools.cache
def objects(number: int) -> tuple[dict[str, Any], ...]:
    """What the chart renders, without the code of the cache."""
    found = render(HELM4, VALUES[number]).objects.values()
    return tuple({**item, "data": {"a.py": "x"}} if item.get("immutable") else item for item in found)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything in a value."""
    if path and path not in FIXED:
        yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in entries:
        yield from places(item, (*path, key))


def spoilt(number: int, seed: int) -> str:
    """A stream of which some objects are missing and some values are odd."""
    choose = random.Random(seed)
    kept = copy.deepcopy([item for item in objects(number) if choose.random() < 0.7])
    for item in kept:
        for _ in range(choose.randint(0, 3)):
            *above, key = choose.choice([*places(item)])
            holder: Any = item
            for step in above:
                holder = holder[step]
            holder[key] = copy.deepcopy(choose.choice(ODD))
    choose.shuffle(kept)
    return "".join(f"---\n{json.dumps(item)}\n" for item in kept)


@given(numbers=st.tuples(st.integers(0, 1), st.integers(0, 1)), seeds=st.tuples(st.integers(), st.integers()))
def test_odd_objects_are_compared_or_refused(numbers: tuple[int, int], seeds: tuple[int, int]) -> None:
    reader = StreamReader()
    texts = [spoilt(number, seed).encode() for number, seed in zip(numbers, seeds, strict=True)]
    try:
        old, new = (reader.read(name, text) for name, text in zip(("old", "new"), texts, strict=True))
    except InvalidInput:
        return
    found = compare_streams(old, new)
    told = {name: write(found) for name, write in WRITERS.items()}
    SCHEMA.validate(json.loads(told["json"]))
    assert not [name for name, text in told.items() if "HUSH" in text or "SFVTS" in text]
    assert compare_streams(old, StreamReader().read("old", texts[0])).same
    assert found.same == compare_streams(new, old).same
