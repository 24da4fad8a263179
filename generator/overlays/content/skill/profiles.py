"""From what readers do with a deviation to what is told about it, by the profiles that somebody asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from overlays.content.skill.deviations import RULES, WORDS, Rule
from overlays.content.skill.remark import Remark
from overlays.model.finding import Severity
from overlays.model.portability import ALL, CONSUMERS, Outcome, harms

_WORDS: Final = {
    Outcome.MANGLE: "it comes out wrong in {}",
    Outcome.SKIP: "{} skips the skill",
    Outcome.FATAL: "{} refuses all skills of all sources",
}
_AT_SPEC: Final = {Severity.ERROR: Outcome.SKIP, Severity.WARNING: Outcome.WARN, None: Outcome.OK}


def judge(one: Remark, profiles: Collection[str], only: str = "") -> tuple[Severity, str] | None:
    """The severity of a remark, and why; None when with these profiles it is not told.

    only: the one reader that looks at the file at all; "" for every one.
    """
    rule = RULES[one.deviation]
    chosen = [only] if only else list(CONSUMERS)
    minds = [_words(one.deviation, rule, key) for key in chosen if {key, ALL} & set(profiles) and harms(_of(rule, key))]
    if minds:
        return Severity.ERROR, "; ".join([one.why, *minds])
    if only:
        return None
    if rule.elsewhere and ALL in profiles:
        return Severity.ERROR, one.why if rule.elsewhere in one.why else f"{one.why}; {rule.elsewhere}"
    return None if rule.spec is None else (rule.spec, one.why)


def _words(deviation: str, rule: Rule, consumer: str) -> str:
    plain = _WORDS[_of(rule, consumer)].format(CONSUMERS[consumer])
    return WORDS.get((deviation, consumer), plain)


def outcomes(deviation: str, only: str = "") -> tuple[Outcome, ...]:
    """What comes of a deviation, by column."""
    rule = RULES[deviation]
    spec = Outcome.OK if only else _AT_SPEC[rule.spec]
    return spec, *(Outcome.OK if only not in ("", key) else _of(rule, key) for key in CONSUMERS)


def _of(rule: Rule, consumer: str) -> Outcome:
    outcome: Outcome = getattr(rule, consumer)
    return outcome
