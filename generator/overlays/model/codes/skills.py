"""Findings about content: a SKILL.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from overlays.model.code import Code, W

CODES: Final[Mapping[str, Code]] = {
    "OVL545": Code(
        "`SKILL.md` is not readable text",
        "A regular file, no link; UTF-8 without NUL bytes; at most 1 MiB. Nothing is served under the name of the "
        "skill otherwise, not even an older copy.",
    ),
    "OVL546": Code(
        "the front matter is not marked as such",
        "The first line of the file is exactly `---`, without blanks or a byte order mark, and so is the line that "
        "ends the front matter. Readers differ on everything else, and ours serves nothing else.",
    ),
    "OVL547": Code(
        "the front matter is not YAML",
        "Or it is YAML that no reader of skills expects: a list, a second document, a tag, more than 64 KiB. Most "
        "often a value holds `: ` and is not quoted.",
    ),
    "OVL548": Code(
        "a key stands twice in the front matter",
        "Some readers take the last one, others refuse the file.",
    ),
    "OVL549": Code(
        "the name of a skill is wrong",
        "`name` is 1 to 64 lower-case ASCII letters, digits and single hyphens between them, is equal to the name "
        "of the directory, and stands plainly on one line.",
    ),
    "OVL550": Code(
        "the description of a skill is wrong",
        "`description` is a text of 1 to 1,024 characters. Agents choose skills by it.",
    ),
    "OVL551": Code(
        "a field of a skill has the wrong form",
        "`license` and `compatibility` are texts of 1 to 500 characters, `metadata` is a map of text to text, "
        "`allowed-tools` one text with names separated by spaces.",
    ),
    "OVL552": Code(
        "a control character in the front matter",
        "Names and descriptions become part of prompts and catalogs, one line each. A line end or a control "
        'character in them, also as an escape such as `"\\n"`, acts where they are shown.',
    ),
    "OVL553": Code(
        "a field that the specification does not have",
        "Some readers ignore it, the specification's own refuses the file. Under `metadata` every key is allowed.",
        W,
    ),
    "OVL554": Code(
        "front matter that some readers refuse",
        "Anchors, aliases, maps in braces, and three hyphens inside a value are YAML, but readers of skills that "
        "are no YAML parsers do not take them.",
        W,
    ),
    "OVL555": Code(
        "a value is cut by a comment",
        "In an unquoted value a blank followed by `#` begins a comment: of `a # b` the value is `a`.",
        W,
    ),
    "OVL556": Code(
        "an unquoted value that is no text to every reader",
        "`123`, `yes`, `2024-01-01`, `1e3`: versions of YAML differ on which of them are texts. Quoted they are.",
        W,
    ),
    "OVL557": Code("a part of a skill is empty", "A field without a value, or no instructions at all.", W),
    # What single readers mind: told with a profile of `overlays lint` that has such a reader.
    "OVL558": Code(
        "lines of a `SKILL.md` end in CRLF",
        "Omnia then finds no front matter and skips the skill. An error with `--profile all`, not told otherwise.",
    ),
    "OVL559": Code(
        "a description of more than 1,024 bytes",
        "The specification counts characters, PromptKit bytes: text that is not English has more of them. It then "
        "refuses not only the skill but all skills. An error with `--profile promptkit` or `all`, not told otherwise.",
    ),
    "OVL560": Code(
        "a description that ends in a line end",
        "A block that begins with `>` or `|` keeps its last line end, which breaks the list in which PromptKit shows "
        "skills. `>-` drops it. An error with `--profile promptkit` or `all`, not told otherwise.",
    ),
    "OVL561": Code(
        "`allowed-tools` as readers differ on it",
        "The specification has one text with names separated by spaces. PromptKit and Omnia take nothing but a list, "
        "which the specification forbids. A skill for all of them leaves the field out. An error with `--profile "
        "promptkit` or `all`, not told otherwise.",
    ),
    "OVL562": Code(
        "a link among the skills",
        "PromptKit does not follow links to directories: a linked skill is not found, and of a linked directory of "
        "skills nothing is, without an error. Others copy links as they are, or refuse them. An error with "
        "`--profile promptkit` or `all`, not told otherwise.",
    ),
    "OVL563": Code(
        "the list of skills of a persona cannot be read",
        "An agent that has the persona gets the skills that `skills:` in its front matter lists. A list that is "
        "overlooked would grant all skills, so only plain forms are read, and without a list that can be read the "
        "agent gets none.",
    ),
}
