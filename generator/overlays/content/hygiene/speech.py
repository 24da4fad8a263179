"""What a description must not look like: it stands unescaped in the prompt of every agent that sees the catalog."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from overlays.content.hygiene import codes

LOOKED_AT: Final = 4096
"""Characters of a description; one has 1,024 at most."""
TAG_LIKE: Final = "description holds < or >"
_STARTS: Final = (
    (re.compile("#{1,6}([ \t]|$)"), "a heading"),
    (re.compile("---"), "a rule of hyphens"),
    (re.compile("[-*+•]([ \t]|$)"), "a bullet"),
    (re.compile(">"), "a quote"),
    (re.compile("[0-9]{1,9}[.)]([ \t]|$)"), "a number of a list"),
    (re.compile("```|~~~"), "a code fence"),
)
_HOLDS: Final = (
    (re.compile(r"\*\*"), "**"),
    (re.compile(r"!\[[^\]\n]{0,200}\][(\[]"), "an image"),
    (re.compile(r"(?<!!)\[[^\]\n]{0,200}\][(\[]"), "a link"),
)
_WORDS: Final = r"[\w' -]{0,40}"
_ORDERS: Final = (
    r"\b(ignore|disregard|forget|override|bypass) "
    + _WORDS
    + r"\b(previous|prior|above|earlier|preceding|other|all|any|system|everything)\b",
    r"\balways (use|call|invoke|load|run|activate|select|choose|prefer|apply|consult|follow|start)\b",
    r"\b(never|do not|don't) (use|call|invoke|load|choose|mention|tell|ask|reveal|inform|say|disclose) "
    + _WORDS
    + r"\b(other|another|user|anyone|anything|instead|else|skills?|tools?)\b",
    r"\byou (must|shall|have to|are required to|are now|will now)\b",
    r"\b(this|the) skill (must|shall) (always )?be (used|loaded|invoked|called|activated|run)\b",
    r"\b(must|shall) be (used|loaded|invoked|called|activated) (before|first|for (every|all|any))\b",
    r"\b(must|always|mandatory|required) (use|load|invoke|call|be used)\b",
    r"\bbefore (doing |answering |responding to |starting )?(anything|any (other|task|response|answer))\b",
    r"\b(system prompt|hidden instructions?|highest priority|takes? (priority|precedence) over)\b",
    r"\b(do not|don't|without) (tell|telling|inform|informing|notify|notifying|ask|asking) (the )?user\b",
)
_ORDER: Final = re.compile("|".join(f"(?:{one})" for one in _ORDERS))


def of_description(text: str) -> Iterator[tuple[str, str, str, str]]:
    """(code, what, why, hint) of what is wrong with the decoded text of a description."""
    text = text[:LOOKED_AT]
    start = text.lstrip()
    why = "in a catalog it would be a part of the prompt, not of the description"
    for pattern, name in _STARTS:
        if pattern.match(start):
            yield codes.MARKDOWN_START, f"description begins like {name}", why, "begin with a plain word"
            break
    held = [name for pattern, name in _HOLDS if pattern.search(text)]
    if held:
        hint = "write plain text: links and stress belong into the body"
        yield codes.MARKUP, f"description holds {', '.join(held)}", "some readers take it for markup or a tag", hint
    if re.search("[<>]", text):
        yield codes.MARKUP, TAG_LIKE, "some readers take it for a tag, or refuse it", "use words"
    if _ORDER.search(re.sub(r"\s+", " ", text).lower()):
        what, why = "description gives orders to the model", "every agent that sees the catalog would read them"
        hint = "say what the skill does and when it helps, and leave the choice to the agent"
        yield codes.ORDERS, what, why, hint
