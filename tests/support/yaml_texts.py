"""Random YAML text, by grammar: what people write in values files, and what they should not."""

from __future__ import annotations

import random
from typing import Final

_SCALAR_CHARACTERS: Final = "0123456789" * 2 + "+-._eExXoObBnaifNAyYtTfF~:"
_SCALAR_STARTS: Final = ("0b", "0x", "-0b", "+", "-", "0o", ".", "0", "1e", "2024-", "1_")
_ODD_SCALARS: Final = (
    "y", "Yes", "null", "~", "NULL", "True", "tRUE", ".inf", "-.Inf", "+.nan", "off", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "18446744073709551615", "18446744073709551616", "<<", "=",
    "1e308", "1e309", ".1e400", "1e-400", "4e-324", "0.1e-5", "1e21", "1e22", "-0", "-0.0", "+0", "0_1", "16777217",
    "0.1", "3.4028235e38", "3.4028236e38", "1e-45", "7e-46", "12e4", "0123456", "0128", "12:34", "2024-01-01",
    "0o777",
)  # fmt: skip
_TAGS: Final = ("!!int ", "!!float ", "!!bool ", "!!null ", "!!str ", "! ", "!x ", "!!binary ", "!!x ")
_TOKENS: Final = (
    "a", "b", "k", "1", "y", "~", "x y", ": ", ":", "- ", "-", "? ", "?", "[", "]", "{", "}", ",", ", ", "#", " #",
    "&a ", "&b", "*a", "*b", "!t ", "!", "!!str ", "!!int ", "|", ">", "|-", ">+", "|2", "'", '"', "\n", "\n  ",
    "\n    ", "\n- ", "\n  - ", "\t", " ", "<<: ", "<<", "...", "---", "%", "@", "`", "\x85", "\u2028", "\xa0",
    "\ufeff", "\r\n", "\r", "\\", "\\n", "\\/", "\\x41", "é", "a: ", "b: ", "k: 1\n", "a: &a {b: 1}\n", "c: *a\n",
    '"k": ', "{a: b}", "[a, b]", "a:b", "a#b", "0x1F", "1e3", ".5", "-1", "http://x", "::", "=",
    "{a: 1, <<: {b: 2}}", "\x07", "\u200b", "\U0001f600",
)  # fmt: skip
_PARTS: Final = (
    "---\n", "---", "--- ", "---\r\n", "--- # c\n", "# c\n", "\n", "...\n", "... # c\n", "a: 1\n", "b: {c: 2}\n",
    "\ufeff", "\r", "\r\n", " \n", "\t\n", "%YAML 1.1\n", "%TAG !e! tag:e,2000:\n", "c: |\n  x\n  ---\n",
    'd: "x\n  y"\n', "---\xa0\n", "---a: 1\n", "null\n", "{}\n", "~", "- a\n", "text\n", "#---\n", " ---\n",
    'e: "a\n---b"\n',
)  # fmt: skip
_STRINGS: Final = (
    '"x\\ty\\u00e9\\x41"', "'it''s'", '"\\e\\0"', '"#"', '"a\n{0}   b"', "'a\n\n{0}   b'", '"\\\n{0}  z"',
    "plain text", "http://x:80/y", "a#b", "-x", ":x", "x:y", "100%", "two\n{0}    lines", "v", "main", "", "0123",
    "true",
)  # fmt: skip
_KEYS: Final = (
    "a",
    "b",
    "c",
    "d",
    "k1",
    '"q"',
    "'s'",
    "x y",
    "1",
    "y",
    "0x10",
    "1.5",
    "é",
    "a/b",
    "<<",
    "<<",
    "z",
    "~x",
)


def soup(chance: random.Random) -> str:
    """Any tokens in any order; mostly no YAML."""
    return "".join(chance.choice(_TOKENS) for _ in range(chance.randint(1, 12)))


def stream(chance: random.Random) -> str:
    """Documents, separators, directives and comments in any order."""
    return "".join(chance.choice(_PARTS) for _ in range(chance.randint(0, 6)))


def scalar(chance: random.Random) -> str:
    """A scalar that may be a number, a boolean or text, mostly plain, sometimes tagged or quoted."""
    if chance.random() < 0.2:
        text = chance.choice(_ODD_SCALARS)
    else:
        text = "".join(chance.choice(_SCALAR_CHARACTERS) for _ in range(chance.randint(1, 8)))
        if chance.random() < 0.3:
            text = chance.choice(_SCALAR_STARTS) + text
    if chance.random() < 0.1:
        text = f'"{text}"'
    return (chance.choice(_TAGS) if chance.random() < 0.2 else "") + text


def scalars(chance: random.Random) -> str:
    """A small document of odd scalars as values, items and keys."""
    form = chance.choice(("k: {0}\n", "k: {0}\n", "{0}: v\n", "a: {{{0}: [{1}, {2}]}}\n", "- {0}\n"))
    return form.format(scalar(chance), scalar(chance), scalar(chance))


def document(chance: random.Random) -> str:
    """A values file: maps, lists, all styles of text, anchors, aliases, merges, comments, line ends."""
    text = _Document(chance).block(0, 2)
    if chance.random() < 0.1:
        text = chance.choice(("---\n", "# c\n---\n", "\n", "--- # c\n")) + text
    if chance.random() < 0.1:
        text = text.rstrip("\n") + chance.choice(("", "\n...\n"))
    return text.replace("\n", "\r\n") if chance.random() < 0.1 else text


class _Document:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.anchors: list[str] = []

    def block(self, indent: int, depth: int) -> str:
        pick = self.chance.choice
        keys = self.chance.sample(_KEYS, self.chance.randint(1, 4))
        return "".join(
            self.entry(key, indent, depth, pick(("\n", "\n", "\n", " # c\n", "\r\n", "\n\n"))) for key in keys
        )

    def entry(self, key: str, indent: int, depth: int, end: str) -> str:
        pad = " " * indent
        if key == "<<":
            return f"{pad}<<: {self.merge()}{end}" if self.anchors else ""
        anchor = f"n{len(self.anchors)}" if self.chance.random() < 0.25 else ""
        text = f"{pad}{key}: {'&' + anchor + ' ' if anchor else ''}"
        form = self.chance.random()
        if form < 0.3 and depth:
            text = text.rstrip() + "\n" + self.block(indent + self.chance.choice((1, 2, 4)), depth - 1)
        elif form < 0.5 and depth:
            text = text.rstrip() + "\n" + self.items(indent + self.chance.choice((0, 2)))
        elif form < 0.65:
            text += self.flow(2, pad) + end
        elif form < 0.8:
            text += self.block_scalar(pad)
        else:
            text += self.scalar(pad) + end
        if anchor:
            self.anchors.append(anchor)
        return text

    def merge(self) -> str:
        one, two = (f"*{self.chance.choice(self.anchors)}" for _ in range(2))
        return self.chance.choice((one, f"[{one}, {two}]", "{m: 1}", f"[{{m: 1}}, {one}]"))

    def items(self, indent: int) -> str:
        text = ""
        for _ in range(self.chance.randint(1, 3)):
            if self.chance.random() < 0.5:
                text += f"{' ' * indent}- {self.scalar(' ' * indent)}\n"
            else:
                text += f"{' ' * indent}- {self.block(indent + 2, 0)[indent + 2 :]}"
        return text

    def flow(self, depth: int, pad: str) -> str:
        form = self.chance.random()
        if form < 0.3 and depth:
            between = self.chance.choice((", ", ",", " , ", f"\n{pad}  , "))
            return "[" + between.join(self.flow(depth - 1, pad) for _ in range(self.chance.randint(0, 3))) + "]"
        if form < 0.5 and depth:
            keys = self.chance.sample(_KEYS[:12], self.chance.randint(0, 3))
            return "{" + ", ".join(f"{key}: {self.flow(depth - 1, pad)}" for key in keys) + "}"
        return self.scalar(pad)

    def scalar(self, pad: str) -> str:
        form = self.chance.random()
        if self.anchors and form < 0.12:
            return f"*{self.chance.choice(self.anchors)} "
        return scalar(self.chance) if form < 0.3 else self.chance.choice(_STRINGS).format(pad)

    def block_scalar(self, pad: str) -> str:
        lines = ("t", "t u", " t", "", "#x", "- y", "a: b", "\t")
        body = "".join(f"{pad}  {self.chance.choice(lines)}\n" for _ in range(self.chance.randint(0, 4)))
        header = self.chance.choice("|>") + self.chance.choice(("", "-", "+", "2", "1-", "-1"))
        return header + self.chance.choice(("", " # c")) + "\n" + body
