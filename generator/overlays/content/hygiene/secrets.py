"""Secrets in files: where and of which kind. The value itself goes nowhere but into `Found.value`, to be blanked."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from overlays.content.hygiene import codes

_W: Final = rb"(?![A-Za-z0-9_])"
_TOKENS: Final[tuple[tuple[bytes, bytes, str], ...]] = (
    (b"ghp_", rb"ghp_[A-Za-z0-9]{36,255}", "a GitHub token"),
    (b"gho_", rb"gho_[A-Za-z0-9]{36,255}", "a GitHub token"),
    (b"ghu_", rb"ghu_[A-Za-z0-9]{36,255}", "a GitHub token"),
    (b"ghs_", rb"ghs_[A-Za-z0-9]{36,255}", "a GitHub token"),
    (b"ghr_", rb"ghr_[A-Za-z0-9]{36,255}", "a GitHub token"),
    (b"github_pat_", rb"github_pat_[A-Za-z0-9_]{22,255}", "a GitHub token"),
    (b"glpat-", rb"glpat-[A-Za-z0-9_-]{20,255}", "a GitLab token"),
    (b"AKIA", rb"AKIA[A-Z2-7]{16}" + _W, "an AWS access key"),
    (b"ASIA", rb"ASIA[A-Z2-7]{16}" + _W, "an AWS access key"),
    (b"AIza", rb"AIza[A-Za-z0-9_-]{35}" + _W, "a Google API key"),
    (b"xox", rb"xox[abeoprs]-[A-Za-z0-9-]{15,255}", "a Slack token"),
    (b"xapp-", rb"xapp-[0-9]-[A-Za-z0-9-]{13,255}", "a Slack token"),
    (
        b"hooks.slack.com/services/",
        rb"hooks\.slack\.com/services/T[A-Z0-9]{6,20}/B[A-Z0-9]{6,20}/[A-Za-z0-9]{16,64}",
        "a Slack webhook",
    ),
    (b"sk-ant-", rb"sk-ant-[A-Za-z0-9_-]{20,255}", "an Anthropic API key"),
    (b"sk-", rb"sk-(?!ant-)(?:[a-z]{2,10}-)?[A-Za-z0-9_-]{32,255}", "an API key that begins with sk-"),
    (b"sk_live_", rb"sk_live_[A-Za-z0-9]{16,255}", "a Stripe key"),
    (b"rk_live_", rb"rk_live_[A-Za-z0-9]{16,255}", "a Stripe key"),
    (b"npm_", rb"npm_[A-Za-z0-9]{36}" + _W, "an npm token"),
    (b"pypi-AgE", rb"pypi-AgE[A-Za-z0-9_-]{50,1000}", "a PyPI token"),
    (b"hf_", rb"hf_[A-Za-z0-9]{34}" + _W, "a Hugging Face token"),
    (b"SG.", rb"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}" + _W, "a SendGrid key"),
    (b"dop_v1_", rb"dop_v1_[a-f0-9]{64}" + _W, "a DigitalOcean token"),
    (b"dckr_pat_", rb"dckr_pat_[A-Za-z0-9_-]{20,255}", "a Docker token"),
    (b"dapi", rb"dapi[a-f0-9]{32}" + _W, "a Databricks token"),
    (b"hvs.", rb"hvs\.[A-Za-z0-9_-]{24,255}", "a Vault token"),
    (b"AGE-SECRET-KEY-1", rb"AGE-SECRET-KEY-1[A-Z0-9]{50,70}", "an age key"),
    (b"eyJ", rb"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{20,1000}", "a JSON web token"),
)
_KNOWN: Final = tuple((start, re.compile(rb"(?<![A-Za-z0-9_-])" + pattern), kind) for start, pattern, kind in _TOKENS)
_PRIVATE: Final = re.compile(rb"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_WORDS: Final = (b"key", b"token", b"secret", b"passw", b"credential")
_ASSIGNED: Final = re.compile(
    rb"[A-Za-z0-9_-]{0,20}[\"']?[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}"
    rb"([\"']?)([A-Za-z0-9+/_~=.-]{20,200})(?![A-Za-z0-9+/_~=.-])"
)
_SHORTEST: Final = 20
"""Characters of a secret."""
_LONG: Final = re.compile(rb"[A-Za-z0-9+/_~=.-]{20}")
_UUID: Final = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PLACEHOLDER: Final = (
    b"example",
    b"your",
    b"xxxx",
    b"placeholder",
    b"changeme",
    b"1234567890",
    b"abcdefgh",
    b"....",
    b"dummy",
    b"fake",
)
_SHOWN: Final = 8
"""Characters of a value that a cut text could still show."""
_RUN: Final = re.compile(rf"[^\s'\"]{{{_SHOWN},}}")
_CUT: Final = re.compile(
    rf"(?<![A-Za-z0-9_-])(?:{'|'.join(re.escape(start.decode()) for start, _, _ in _TOKENS)})[^\s'\"…]{{0,1000}}…"
)
"""The start of a token in a text that was cut there."""
_LEAST_BITS: Final = 3.3
"""Entropy of one character; words have less."""


class Found(NamedTuple):
    """offset: in bytes. value: never to be printed."""

    offset: int
    code: str
    kind: str
    value: bytes


def secrets(data: bytes) -> Iterator[Found]:
    """Every secret in a file, in no order; placeholders of examples are none."""
    if b"-----BEGIN " in data:
        for found in _PRIVATE.finditer(data):
            yield Found(found.start(), codes.PRIVATE_KEY, "a private key", b"")
    every = data.split()
    if max(map(len, every), default=0) < _SHORTEST:
        return
    words = b" ".join([word for word in every if len(word) >= _SHORTEST])  # most files have few of these
    known: set[int] = set()
    for start, pattern, kind in _KNOWN:
        if start in words:
            for found in pattern.finditer(data):
                if not _placeholder(found[0], start):
                    known.add(found.start())
                    yield Found(found.start(), codes.KNOWN_TOKEN, kind, found[0])
    if _LONG.search(words):
        yield from _assigned(data, known)


def _assigned(data: bytes, known: Collection[int]) -> Iterator[Found]:
    """Long values of high entropy by a name of which one part is a word for secrets."""
    lower = data.lower()
    told: set[int] = set()
    for word in _WORDS:
        at = lower.find(word)
        while at >= 0:
            found = _ASSIGNED.match(data, at + len(word))
            if found and found.start(2) not in told and found.start(2) not in known:
                quote, value = found[1], found[2]
                after = data[found.end() : found.end() + 1]
                ends = after == quote if quote else after in (b"", b"\n", b"\r", b" ", b"\t", b",", b";", b"#", b"`")
                if ends and lower[max(0, at - 7) : at].rstrip(b"_-") != b"public" and _random(value, bool(quote)):
                    told.add(found.start(2))
                    yield Found(
                        found.start(2),
                        codes.LIKE_A_SECRET,
                        f"a value as if drawn at random, behind the word {word.decode()!r},",
                        value,
                    )
            at = lower.find(word, at + 1)


def _random(value: bytes, quoted: bool) -> bool:
    """Whether a value looks as if a program had drawn it."""
    text = value.decode("ascii").rstrip("=")
    if _UUID.fullmatch(value) or (not quoted and "." in text) or _placeholder(value, b""):
        return False
    if text.startswith(("sha256-", "sha384-", "sha512-")):
        return False
    digits = sum(char.isdigit() for char in text)
    turns = sum(left.isdigit() != right.isdigit() for left, right in itertools.pairwise(text))
    upper, lower = any(map(str.isupper, text)), any(map(str.islower, text))
    if re.fullmatch("[0-9a-f]+|[0-9A-F]+", text):
        likely = len(text) >= 32 and bool(upper or lower) and digits > 0
    elif upper and lower:
        likely = digits >= 2 and turns >= 3
    else:
        likely = len(text) >= 24 and digits >= 4 and turns >= 6
    return likely and _bits(text) >= _LEAST_BITS


def _bits(text: str) -> float:
    return -sum(number / len(text) * math.log2(number / len(text)) for number in Counter(text).values())


def _placeholder(value: bytes, start: bytes) -> bool:
    """What stands in documentation: few different characters, or a word that says so."""
    rest = value[len(start) :]
    return len(set(rest)) < 6 or any(word in rest.lower() for word in _PLACEHOLDER)


class Blanks:
    """Takes values out of texts, in time that does not depend on how many values there are."""

    def __init__(self, values: Iterable[str]) -> None:
        self._starts = frozenset(value[:_SHOWN] for value in values)

    def of(self, text: str) -> str:
        """A text with the values replaced, also where the text was cut in the middle of one."""
        return _RUN.sub(self._run, text) if self._starts else text

    def _run(self, found: re.Match[str]) -> str:
        """What stands there without a blank or a quote: from where a value begins, everything is replaced."""
        run = found[0]
        for at in range(len(run) - _SHOWN + 1):
            if run[at : at + _SHOWN] in self._starts:
                return f"{run[:at]}[secret]"
        return run


def redacted(text: str) -> str:
    """A text of which the files are not at hand, without whatever looks like a secret or like the start of one."""
    found = [one.value.decode() for one in secrets(text.encode(errors="replace")) if one.value]
    return _CUT.sub("[secret]", Blanks(found).of(text))
