"""Writes a tree as YAML in random ways that mean the same."""

from __future__ import annotations

import random
import re
from typing import Any, Final


class Raw(str):
    """Text of a scalar as it shall stand in the file."""

    __slots__ = ()


_ALWAYS_TEXT: Final = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@%+=-]*")
_LOOKS_PLAIN: Final = re.compile(r"[A-Za-z0-9_./][^\s:#,\[\]{}\"'\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]*")
_WORDS: Final = frozenset(
    word
    for lower in ("y", "yes", "n", "no", "true", "false", "on", "off", "null")
    for word in (lower, lower.capitalize(), lower.upper())
)
_NO_LITERAL: Final = re.compile(r"[^\t\n\x20-\x7e\xa1-\u167f\u2100-\ud7ff\ue000-\ufdff\U00010000-\U0010fffd]")
_MUST_ESCAPE: Final = re.compile(r'[\x00-\x1f"\\\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]')
_SHORT: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\", "\0": "\\0", "\x07": "\\a"}


def write(chance: random.Random, tree: dict[str, Any], risk: float = 0.03) -> bytes:
    """One document with a map on top. risk: share of texts written plain although they may read as something else."""
    text = (
        _Writer(chance, risk).block(tree, 0) if tree else chance.choice(("", "{}\n", "# nothing\n", "---\n", "null\n"))
    )
    if chance.random() >= 0.85:
        text = chance.choice(("---\n", "# c\n---\n", "\n", "--- # c\n", "# c\n\n")) + text
    if chance.random() >= 0.92:
        text = text.replace("\n", "\r\n")
    if chance.random() >= 0.95:
        text = "\ufeff" + text
    return text.encode()


class _Writer:
    def __init__(self, chance: random.Random, risk: float) -> None:
        self.chance = chance
        self.risk = risk
        self.anchors: list[tuple[str, Any]] = []

    def often(self, share: float) -> bool:
        return self.chance.random() >= 1 - share  # the smallest draw is "no"

    def block(self, tree: dict[str, Any], indent: int) -> str:
        """Lines of a map."""
        pad = " " * indent
        merged = self.merge(tree) if self.often(0.3) else None
        text = f"{pad}<<: *{merged[0]}\n" if merged else ""
        for key, value in tree.items():
            if merged and key in merged[1] and _same(merged[1][key], value):
                continue
            if self.often(0.04):
                text += self.chance.choice((f"{pad}# c: d\n", "\n", f"{pad}#\n"))
            text += f"{pad}{self.key(key)}:{self.value(value, indent)}"
        return text or f"{pad}{{}}\n"

    def merge(self, tree: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
        """An anchored map whose keys are all in the tree."""
        found = [(name, value) for name, value in self.anchors if isinstance(value, dict) and value]
        fitting = [(name, value) for name, value in found if set(value) <= set(tree)]
        return self.chance.choice(fitting) if fitting else None

    def key(self, key: str) -> str:
        if _ALWAYS_TEXT.fullmatch(key) and key not in _WORDS and not self.often(0.08):
            return key
        if key.isalnum() and self.often(self.risk):
            return key
        return self.double(key)

    def value(self, value: Any, indent: int) -> str:
        """What follows the colon or the dash of an entry, to the end of its last line."""
        alias = [name for name, anchored in self.anchors if _same(anchored, value)]
        if alias and self.often(0.5):
            return f" *{self.chance.choice(alias)}{self.end()}"
        anchor = ""
        if self.often(0.12):
            anchor = f"a{len(self.anchors)}"
            self.anchors.append((anchor, _NOT_YET))
        text = (f" &{anchor}" if anchor else "") + self.content(value, indent)
        if anchor:
            self.anchors[int(anchor[1:])] = (anchor, value)
        return text

    def content(self, value: Any, indent: int) -> str:
        if isinstance(value, dict | list):
            if not value or self.often(0.25):
                return f" {self.brackets(value)}{self.end()}"
            deeper = indent + self.chance.choice((1, 2, 2, 2, 4))
            if isinstance(value, dict):
                return f"{self.end()}{self.block(value, deeper)}"
            return f"{self.end()}{self.items(value, self.chance.choice((indent, deeper)))}"
        if isinstance(value, Raw):
            return f" {value}{self.end()}"
        if self.often(0.25) and value and not _NO_LITERAL.search(value):
            return f" {self.literal(value, ' ' * (indent + 2))}"
        return f" {self.scalar(value, flow=False)}{self.end()}"

    def items(self, values: list[Any], indent: int) -> str:
        pad = " " * indent
        text = ""
        for value in values:
            if isinstance(value, dict) and value and self.often(0.6):
                text += f"{pad}- {self.block(value, indent + 2).lstrip(' ')}"
            else:
                text += f"{pad}-{self.value(value, indent)}"
        return text

    def flow(self, value: Any) -> str:
        """A value in one line, fit to stand between brackets."""
        alias = [name for name, anchored in self.anchors if _same(anchored, value)]
        if alias and self.often(0.3):
            return f"*{self.chance.choice(alias)} "
        if isinstance(value, dict | list):
            return self.brackets(value)
        return str(value) if isinstance(value, Raw) else self.scalar(value, flow=True)

    def brackets(self, value: dict[str, Any] | list[Any]) -> str:
        between = self.chance.choice((", ", ",  ", " , "))
        if isinstance(value, dict):
            return "{" + between.join(f"{self.key(key)}: {self.flow(item)}" for key, item in value.items()) + "}"
        return "[" + between.join(self.flow(item) for item in value) + "]"

    def scalar(self, text: str, flow: bool) -> str:
        if self.often(0.45) and _ALWAYS_TEXT.fullmatch(text) and text not in _WORDS:
            return text
        if self.often(self.risk / 3 if flow else self.risk) and _LOOKS_PLAIN.fullmatch(text):
            return text
        if self.often(0.45) and text and not _NO_LITERAL.search(text) and "\n" not in text:
            return "'" + text.replace("'", "''") + "'"
        return self.double(text)

    def double(self, text: str) -> str:
        return '"' + "".join(self.escaped(character) for character in text) + '"'

    def escaped(self, character: str) -> str:
        code = ord(character)
        if not _MUST_ESCAPE.match(character) and not self.often(0.03):
            return character
        if character in _SHORT and self.often(0.7):
            return _SHORT[character]
        if code < 0x100 and self.often(0.5):
            return f"\\x{code:02x}"
        return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08x}"

    def literal(self, text: str, pad: str) -> str:
        """A literal block that ends as the text ends."""
        body = text.rstrip("\n")
        ends = len(text) - len(body)
        if not body:
            return self.double(text) + "\n"
        chomp = "-" if ends == 0 else "" if ends == 1 else "+"
        indicator = "2" if body[0] in " \t\n" or self.often(0.1) else ""
        lines = "".join(f"{pad}{line}\n" if line else "\n" for line in body.split("\n"))
        return f"|{indicator}{chomp}\n{lines}" + "\n" * max(0, ends - 1)

    def end(self) -> str:
        return self.chance.choice(("\n",) * 12 + (" # c\n", "  #: \n", " \n"))


_NOT_YET: Final = object()


def _same(one: Any, other: Any) -> bool:
    """Equal, and spelled with the same kinds of scalar."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
