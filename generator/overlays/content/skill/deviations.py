"""What each reader of skills does with each deviation: the one table from which severities and cells follow.

CAO: `awslabs/cli-agent-orchestrator` 2.5.4, run. PromptKit: the rules of its parser, run with the YAML library that it
uses. Claude Code: its documentation, which leaves much open. Versions move; a row is changed when somebody has run
the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from overlays.content import codes
from overlays.model.finding import Severity
from overlays.model.portability import Outcome

OK, UNKNOWN, WARN = Outcome.OK, Outcome.UNKNOWN, Outcome.WARN
MANGLE, SKIP, FATAL = Outcome.MANGLE, Outcome.SKIP, Outcome.FATAL
ERROR, WARNING = Severity.ERROR, Severity.WARNING


class Rule(NamedTuple):
    """One deviation.

    title: what it is, for people. spec: at the level of the specification, None when nothing is said there.
    elsewhere: who else minds, which makes it an error of the profile `all`; "" for nobody.
    """

    code: str
    title: str
    spec: Severity | None
    cao: Outcome
    promptkit: Outcome
    claude: Outcome
    elsewhere: str = ""


_SKILLS_REF: Final = "the specification's own reader refuses it"
_OMNIA: Final = "Omnia skips the skill"
_QUOTED: Final = "in quotes it is text to all of them"

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        # the file
        "no-file": Rule(codes.SKILL_FILE, "`SKILL.md` is a link", ERROR, OK, OK, UNKNOWN),
        "too-large": Rule(codes.SKILL_FILE, "more than 1 MiB", ERROR, OK, OK, UNKNOWN),
        "not-utf8": Rule(codes.SKILL_FILE, "not UTF-8", ERROR, SKIP, FATAL, UNKNOWN),
        "not-utf8-body": Rule(codes.SKILL_FILE, "not UTF-8, in the body", ERROR, SKIP, OK, UNKNOWN),
        "nul": Rule(codes.SKILL_FILE, "a NUL byte", ERROR, SKIP, FATAL, UNKNOWN),
        "nul-body": Rule(codes.SKILL_FILE, "a NUL byte in the body", ERROR, OK, OK, UNKNOWN),
        "crlf": Rule(codes.SKILL_LINES, "lines end in CRLF", None, OK, OK, UNKNOWN, _OMNIA),
        # the markers
        "bom": Rule(codes.SKILL_MARKERS, "a byte order mark", ERROR, SKIP, FATAL, OK),
        "no-front": Rule(codes.SKILL_MARKERS, "no front matter", ERROR, SKIP, FATAL, UNKNOWN),
        "opening-text": Rule(codes.SKILL_MARKERS, "text on the line of the opening `---`", ERROR, SKIP, FATAL, UNKNOWN),
        "closing-missing": Rule(codes.SKILL_MARKERS, "no closing `---`, or `...`", ERROR, SKIP, FATAL, UNKNOWN),
        "opening-late": Rule(codes.SKILL_MARKERS, "blank lines before the opening `---`", ERROR, OK, OK, UNKNOWN),
        "opening-blanks": Rule(codes.SKILL_MARKERS, "blanks after the opening `---`", ERROR, OK, OK, UNKNOWN),
        "closing-blanks": Rule(codes.SKILL_MARKERS, "blanks after the closing `---`", ERROR, OK, FATAL, UNKNOWN),
        "more-hyphens": Rule(codes.SKILL_MARKERS, "`----` as a marker", ERROR, OK, FATAL, UNKNOWN),
        "cr": Rule(codes.SKILL_MARKERS, "lines end in CR alone", ERROR, OK, FATAL, UNKNOWN),
        # YAML
        "bad-yaml": Rule(codes.SKILL_YAML, "no YAML, or no map", ERROR, SKIP, FATAL, MANGLE),
        "odd-yaml": Rule(codes.SKILL_YAML, "a key that is no text, 50 levels", ERROR, SKIP, FATAL, UNKNOWN),
        "second-document": Rule(codes.SKILL_YAML, "a second document", ERROR, SKIP, OK, UNKNOWN),
        "tag": Rule(codes.SKILL_YAML, "a tag of YAML's own, as `!!int`", ERROR, OK, OK, UNKNOWN),
        "tag-own": Rule(codes.SKILL_YAML, "any other tag", ERROR, SKIP, OK, UNKNOWN),
        "merge-odd": Rule(codes.SKILL_YAML, "`<<` with anything but a map", ERROR, SKIP, UNKNOWN, UNKNOWN),
        "too-much": Rule(codes.SKILL_YAML, "more than 64 KiB of front matter", ERROR, OK, OK, UNKNOWN),
        "key-twice": Rule(codes.SKILL_KEY_TWICE, "a key twice", ERROR, MANGLE, FATAL, UNKNOWN),
        "control-raw": Rule(codes.SKILL_CONTROL, "a raw control character", ERROR, SKIP, FATAL, UNKNOWN),
        "separator-raw": Rule(codes.SKILL_CONTROL, "a raw line end other than LF", ERROR, SKIP, FATAL, UNKNOWN),
        "bom-inside": Rule(codes.SKILL_CONTROL, "a byte order mark inside", ERROR, OK, OK, UNKNOWN),
        "control": Rule(codes.SKILL_CONTROL, "an escaped control character", ERROR, OK, OK, UNKNOWN),
        # name
        "name-missing": Rule(codes.SKILL_NAME, "no `name`", ERROR, SKIP, FATAL, OK),
        "name-merged": Rule(codes.SKILL_NAME, "`name` by a merge key `<<`", ERROR, OK, UNKNOWN, UNKNOWN),
        "name-no-text": Rule(codes.SKILL_NAME, "`name` is no text", ERROR, SKIP, FATAL, UNKNOWN),
        "name-alphabet": Rule(
            codes.SKILL_NAME, "a capital, `_`, a blank or `--` in the name", ERROR, OK, FATAL, UNKNOWN
        ),
        "name-unsafe": Rule(codes.SKILL_NAME, "`..`, `?`, `#` or `\\` in the name", ERROR, MANGLE, FATAL, UNKNOWN),
        "name-foreign": Rule(codes.SKILL_NAME, "letters other than ASCII in the name", ERROR, OK, FATAL, UNKNOWN),
        "name-padded": Rule(codes.SKILL_NAME, "a blank or line end around the name", ERROR, OK, FATAL, UNKNOWN),
        "name-long": Rule(codes.SKILL_NAME, "a name of more than 64 characters", ERROR, OK, FATAL, UNKNOWN),
        "name-directory": Rule(codes.SKILL_NAME, "the name is not that of the directory", ERROR, SKIP, OK, OK),
        "name-hidden": Rule(codes.SKILL_NAME, "the name is not on a plain line `name: …`", ERROR, OK, OK, UNKNOWN),
        "name-bare-11": Rule(
            codes.SKILL_NOT_TEXT, "a number, date or `yes` as the name", WARNING, SKIP, OK, UNKNOWN, _QUOTED
        ),
        "name-bare-12": Rule(codes.SKILL_NOT_TEXT, "`1e3` as the name", WARNING, OK, OK, UNKNOWN, _QUOTED),
        # description
        "description-missing": Rule(codes.SKILL_DESCRIPTION, "no `description`", ERROR, SKIP, FATAL, OK),
        "description-merged": Rule(
            codes.SKILL_DESCRIPTION, "`description` by a merge key `<<`", ERROR, OK, UNKNOWN, UNKNOWN
        ),
        "description-no-text": Rule(codes.SKILL_DESCRIPTION, "`description` is no text", ERROR, SKIP, FATAL, UNKNOWN),
        "description-empty": Rule(codes.SKILL_DESCRIPTION, "an empty description", ERROR, SKIP, FATAL, UNKNOWN),
        "description-blank": Rule(codes.SKILL_DESCRIPTION, "a description of blanks", ERROR, SKIP, WARN, UNKNOWN),
        "description-long": Rule(
            codes.SKILL_DESCRIPTION, "a description of over 1,024 characters", ERROR, OK, FATAL, OK
        ),
        "description-cut": Rule(
            codes.SKILL_DESCRIPTION, "a description of over 1,536 characters", ERROR, OK, FATAL, MANGLE
        ),
        "description-bytes": Rule(
            codes.DESCRIPTION_BYTES, "a description of over 1,024 bytes, not characters", None, OK, FATAL, OK
        ),
        "description-lines": Rule(
            codes.SKILL_CONTROL, "a description of more than one line", ERROR, MANGLE, MANGLE, UNKNOWN
        ),
        "description-line-end": Rule(
            codes.DESCRIPTION_LINE_END, "a description that ends in a line end, as blocks do", None, OK, MANGLE, UNKNOWN
        ),
        "description-bare-11": Rule(
            codes.SKILL_NOT_TEXT, "a number, date or `yes` as description", WARNING, SKIP, OK, UNKNOWN, _QUOTED
        ),
        "description-bare-12": Rule(codes.SKILL_NOT_TEXT, "`1e3` as description", WARNING, OK, OK, UNKNOWN, _QUOTED),
        # other fields
        "tools-text": Rule(codes.TOOLS_TEXT, "`allowed-tools` is a text", None, OK, FATAL, UNKNOWN, _OMNIA),
        "tools-list": Rule(codes.SKILL_FIELD, "`allowed-tools` is a list", ERROR, OK, OK, UNKNOWN),
        "tools-map": Rule(codes.SKILL_FIELD, "`allowed-tools` is a map", ERROR, OK, FATAL, UNKNOWN),
        "tools-bare": Rule(
            codes.SKILL_NOT_TEXT, "`allowed-tools` is a bare number", WARNING, OK, FATAL, UNKNOWN, _QUOTED
        ),
        "field-no-text": Rule(codes.SKILL_FIELD, "`license` or `compatibility` is no text", ERROR, OK, FATAL, UNKNOWN),
        "field-length": Rule(
            codes.SKILL_FIELD, "`license` or `compatibility` is empty or over 500", ERROR, OK, OK, UNKNOWN
        ),
        "metadata-no-map": Rule(codes.SKILL_FIELD, "`metadata` is no map", ERROR, OK, FATAL, UNKNOWN),
        "metadata-nested": Rule(codes.SKILL_FIELD, "a list or map inside `metadata`", ERROR, OK, FATAL, UNKNOWN),
        "metadata-bare": Rule(
            codes.SKILL_NOT_TEXT, "a bare number, date or `yes` in `metadata`", WARNING, OK, OK, UNKNOWN, _QUOTED
        ),
        "unknown-field": Rule(codes.SKILL_UNKNOWN, "an unknown field", WARNING, OK, OK, UNKNOWN, _SKILLS_REF),
        "field-taken": Rule(
            codes.SKILL_UNKNOWN, "a field `content`, `handler` or `self`", WARNING, SKIP, UNKNOWN, UNKNOWN, _SKILLS_REF
        ),
        "key-bare": Rule(
            codes.SKILL_NOT_TEXT, "a number, date or `yes` as a key", WARNING, SKIP, UNKNOWN, UNKNOWN, _QUOTED
        ),
        "value-mark": Rule(codes.SKILL_NOT_TEXT, "`=` or `<<` as a value", WARNING, SKIP, UNKNOWN, UNKNOWN, _QUOTED),
        "no-value": Rule(codes.SKILL_EMPTY, "a field without a value", WARNING, OK, OK, UNKNOWN),
        "body-empty": Rule(codes.SKILL_EMPTY, "no instructions", WARNING, OK, OK, UNKNOWN),
        # ways of writing
        "alias": Rule(codes.SKILL_UNUSUAL, "an anchor or alias", WARNING, OK, OK, UNKNOWN, _SKILLS_REF),
        "anchor-twice": Rule(codes.SKILL_UNUSUAL, "an anchor twice", WARNING, SKIP, UNKNOWN, UNKNOWN, _SKILLS_REF),
        "tag-text": Rule(codes.SKILL_UNUSUAL, "the tag of text, `!!str`", WARNING, OK, OK, UNKNOWN, _SKILLS_REF),
        "flow-map": Rule(codes.SKILL_UNUSUAL, "a map in braces", WARNING, OK, OK, UNKNOWN, _SKILLS_REF),
        "hyphens-inside": Rule(
            codes.SKILL_UNUSUAL,
            "`---` inside a value",
            WARNING,
            OK,
            OK,
            UNKNOWN,
            "the specification's own reader cuts the value there",
        ),
        "comment-cut": Rule(codes.SKILL_COMMENT, "a value cut by ` #`", WARNING, WARN, WARN, UNKNOWN),
        # the directory
        "link-root": Rule(codes.SKILL_LINK, "the directory of the skills is a link", None, OK, FATAL, UNKNOWN),
        "link-skill": Rule(codes.SKILL_LINK, "the directory of a skill is a link", None, OK, SKIP, UNKNOWN),
        "link-inside": Rule(
            codes.SKILL_LINK,
            "a link inside a skill",
            None,
            OK,
            OK,
            UNKNOWN,
            "some readers copy it as it is, others refuse it",
        ),
        "inner-skill": Rule(codes.INSIDE, "`SKILL.md` inside another skill", WARNING, OK, MANGLE, UNKNOWN),
    }
)

WORDS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("name-unsafe", "cao"): "CAO lists it and cannot load it",
        ("key-twice", "cao"): "CAO takes the last one",
        ("description-lines", "cao"): "CAO puts all lines into the prompt",
        ("description-lines", "promptkit"): "PromptKit puts all lines into its list",
        ("description-line-end", "promptkit"): "PromptKit puts it into its list",
        ("description-cut", "claude"): "Claude Code cuts it at 1,536 characters",
        ("bad-yaml", "claude"): "Claude Code takes none of the fields",
        ("link-root", "promptkit"): "PromptKit finds no skill there, and says nothing",
        ("link-skill", "promptkit"): "PromptKit does not find the skill",
        ("inner-skill", "promptkit"): "PromptKit lists it as one more skill",
    }
)
"""(deviation, consumer) -> what happens, where it is more exact than what follows from the outcome."""
