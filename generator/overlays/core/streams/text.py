"""Objects as lines of YAML in one spelling, and the lines in which two of them differ."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from overlays.helm.scalar import exact

MAX_LINES: Final = 200
"""Lines of one diff that are shown."""

MAX_COMPARED: Final = 2000
"""Lines of a side, after the equal ones at both ends, up to which lines are compared one by one."""

_LINE_WIDTH: Final = 300
_SHOWN_WIDTH: Final = 120
_CONTEXT: Final = 2
_PLAIN: Final = r"[A-Za-z0-9/_][A-Za-z0-9_./@%+=-]*(?::[A-Za-z0-9_./@%+=-]+)*"

Lines = tuple[list[str], list[str]]
"""Lines of YAML, and with each the path of the map or list in which it stands."""


def same(before: Any, after: Any) -> bool:
    """Whether two values are equal; the order of keys does not count, and true is not 1."""
    return before is after or (before == after and _spelled(before) == _spelled(after))


def _spelled(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def difference(before: Any, after: Any) -> tuple[str, ...]:
    """The lines in which two values differ; () when they are the same.

    "@@ path @@" before each group, then lines led by "-", "+" or " "; a line led by "\\ " speaks about the difference.
    At most MAX_LINES and one, each of bounded length.
    """
    if same(before, after):
        return ()
    old, new = _lines(before), _lines(_ordered(after, before))
    start = _common(old[0], new[0])
    end = _common(old[0][start:][::-1], new[0][start:][::-1])
    counts = len(old[0]) - start - end, len(new[0]) - start - end
    told = _coarse(old, new, start, counts) if max(counts) > MAX_COMPARED else _fine(old, new, start, end)
    if len(told) > MAX_LINES:
        told = [*told[:MAX_LINES], f"\\ {len(told) - MAX_LINES:,} more lines of this difference"]
    return tuple(_short(line) for line in told)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Number of equal lines at the beginning."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _coarse(old: Lines, new: Lines, start: int, counts: tuple[int, int]) -> list[str]:
    told = [f"@@ {_path((old if counts[0] else new)[1][start])} @@"]
    told.append(f"\\ {counts[0]:,} lines became {counts[1]:,}, too many to compare one by one; the first of each:")
    for mark, lines, count in (("-", old[0], counts[0]), ("+", new[0], counts[1])):
        told += [f"{mark}{line}" for line in lines[start : start + min(count, 3)]]
    return told


def _fine(old: Lines, new: Lines, start: int, end: int) -> list[str]:
    low = max(start - _CONTEXT, 0)
    high = max(end - _CONTEXT, 0)
    one, other = old[0][low : len(old[0]) - high], new[0][low : len(new[0]) - high]
    told: list[str] = []
    for group in SequenceMatcher(None, one, other).get_grouped_opcodes(_CONTEXT):
        told.append(f"@@ {_place(group, old[1][low:], new[1][low:])} @@")
        for what, first, last, new_first, new_last in group:
            if what == "equal":
                told += [f" {line}" for line in one[first:last]]
                continue
            told += [f"-{line}" for line in one[first:last]]
            told += [f"+{line}" for line in other[new_first:new_last]]
    return told


def _place(group: Sequence[tuple[str, int, int, int, int]], old: Sequence[str], new: Sequence[str]) -> str:
    """The path of the first line that differs."""
    _, first, last, new_first, _ = next(step for step in group if step[0] != "equal")
    return _path(old[first] if last > first else new[new_first])


def _path(path: str) -> str:
    return path or "top"


def _short(line: str) -> str:
    if len(line) <= _LINE_WIDTH:
        return line
    digest = hashlib.sha256(line[1:].encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{line[:_SHOWN_WIDTH]}… ({len(line) - 1:,} characters, sha256 {digest})"


def _ordered(value: Any, like: Any) -> Any:
    """The same value with the keys of its maps in the order of another's."""
    if isinstance(value, dict) and isinstance(like, dict):
        return {key: _ordered(value[key], like.get(key)) for key in _keys(value, like)}
    if isinstance(value, list) and isinstance(like, list):
        named = {item["name"]: item for item in like if isinstance(item, dict) and isinstance(item.get("name"), str)}
        return [
            _ordered(item, (_by_name(item, named) if named else None) or (like[at] if at < len(like) else None))
            for at, item in enumerate(value)
        ]
    return value


def _keys(value: Mapping[str, Any], like: Mapping[str, Any]) -> Iterator[str]:
    """The keys of a map in the order of another; a new one stands behind the one that it follows."""
    followers: dict[str | None, list[str]] = {}
    last: str | None = None
    for key in value:
        if key in like:
            last = key
        else:
            followers.setdefault(last, []).append(key)
    yield from followers.get(None, ())
    for key in like:
        if key in value:
            yield key
            yield from followers.get(key, ())


def _by_name(item: Any, named: Mapping[str, Any]) -> Any:
    name = item.get("name") if isinstance(item, dict) else None
    return named.get(name) if isinstance(name, str) else None


def _lines(value: Any) -> Lines:
    lines: Lines = ([], [])
    _write(value, 0, "", lines)
    return lines


def _write(value: Any, indent: int, path: str, lines: Lines) -> None:
    """The lines of a map or list that is not empty."""
    pad = " " * indent
    if isinstance(value, dict):
        for key, item in value.items():
            _entry(f"{pad}{_key(key)}:", item, indent, path, f"{path}.{key}" if path else key, lines)
        return
    for at, item in enumerate(value):
        name = item.get("name") if isinstance(item, dict) else None
        below = f"{path}[{name if isinstance(name, str) else at}]"
        if isinstance(item, (dict, list)) and item:
            first = len(lines[0])
            _write(item, indent + 2, below, lines)
            lines[0][first] = f"{pad}- {lines[0][first][indent + 2 :]}"
        else:
            _entry(f"{pad}-", item, indent, path, below, lines)


def _entry(head: str, item: Any, indent: int, path: str, below: str, lines: Lines) -> None:
    texts, paths = lines
    if isinstance(item, (dict, list)) and item:
        texts.append(head)
        paths.append(path)
        _write(item, indent + 2, below, lines)
    elif isinstance(item, str) and "\n" in item:
        body, end = item.rstrip("\n"), len(item) - len(item.rstrip("\n"))
        block = body.split("\n") + [""] * (end - 1)
        texts.append(f"{head} |{'-' if not end else '+' if end > 1 else ''}")
        texts += [f"{' ' * (indent + 2)}{line}" for line in block]
        paths += [path, *[below] * len(block)]
    else:
        texts.append(f"{head} {_scalar(item)}")
        paths.append(path)


def _key(key: str) -> str:
    return _scalar(key) if len(key) < _LINE_WIDTH else json.dumps(key, ensure_ascii=False)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(_PLAIN, value) and isinstance(exact(value), str):
        return value
    return json.dumps(value, ensure_ascii=False)
