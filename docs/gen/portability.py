"""Print docs/portability.md: what readers of skills do with each deviation, from the table of `overlays lint`."""

from __future__ import annotations

from typing import Final

from overlays.content.skill.deviations import RULES, WORDS, Rule
from overlays.content.skill.profiles import outcomes
from overlays.model.portability import COLUMNS, CONSUMERS, Outcome

HEAD: Final = """\
# What readers do with a skill

What `overlays lint --portability` goes by, and each `--profile`: one row for each way in which a skill can be unlike
what everybody takes ([how to use it](skills.md)). Codes are explained [with the other findings](findings.md).

| word | what becomes of the skill |
| --- | --- |
| ok | taken as it is meant |
| ? | not known: nobody has run it, and the documentation does not say |
| warn | taken as it stands there, which is perhaps not as it is meant |
| mangle | taken, and it comes out wrong |
| skip | this skill is lost |
| fatal | more than this skill is lost |

A cell of the table of `--portability` is the worst word of the rows that the skill is in. `spec` is `skip` for what the
specification forbids or the cache does not serve, `warn` for what it leaves open. Under a profile, `mangle`, `skip` and
`fatal` of that reader are errors; `all` has the errors of all readers, and what the last column says.

CAO is version 2.5.4, and it was run. Of PromptKit the rules of its parser were run, with the YAML library that it uses
(gopkg.in/yaml.v3 3.0.1). Of Claude Code it is what its documentation says. In PromptKit *fatal* is the word for all
skills of all sources: one that it refuses fails its whole list.

| | code | spec | CAO | PromptKit | Claude Code | others |
| --- | --- | --- | --- | --- | --- | --- |
"""


def main() -> None:
    """Print the page."""
    print(HEAD, end="")
    for name, rule in RULES.items():
        print(f"| {' | '.join([rule.title, _code(rule), *_cells(name), rule.elsewhere])} |")


def _code(rule: Rule) -> str:
    return f"[{rule.code}](findings.md#{rule.code.lower()})"


def _cells(name: str) -> list[str]:
    found = dict(zip(COLUMNS, outcomes(name), strict=True))
    return [
        _cell(outcome, WORDS.get((name, column), ""), CONSUMERS.get(column, "")) for column, outcome in found.items()
    ]


def _cell(outcome: Outcome, words: str, consumer: str) -> str:
    word = "?" if outcome is Outcome.UNKNOWN else outcome.value
    return f"{word}: {words.removeprefix(consumer).strip()}" if words else word


if __name__ == "__main__":
    main()
