"""The Jinja2 environment of the page, and its policy: nothing is loaded, nothing runs but the script that is in it."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import pathlib
from typing import Any, Final

import jinja2

from overlays.report.text import safe

_TEMPLATES: Final = pathlib.Path(__file__).parents[2] / "templates" / "report"
_MARK: Final = 'document.documentElement.classList.add("js")'
"""Tells the style, before anything is drawn, that scripts run."""


def render(template: str, **data: Any) -> str:
    """Text of generator/overlays/templates/report/<template>.

    Whatever it prints is escaped for HTML, and so that it can neither hide nor reorder text. `style` and `script` are
    the two other files of that folder, `mark` runs before both; `policy` allows these and nothing else.
    """
    style, script = (_TEMPLATES / "style.css").read_text("utf-8"), (_TEMPLATES / "script.js").read_text("utf-8")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(_MARK)} {_hash(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return _environment().get_template(template).render(style=style, script=script, mark=_MARK, policy=policy, **data)


@functools.cache
def _environment() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters.update(json=json.dumps)
    found.tests.update(plain=is_plain)
    return found


def is_plain(text: str) -> bool:
    """Whether a text is shown as it is."""
    return safe(text) == text


def _shown(value: Any) -> Any:
    """What is already HTML as it is, everything else so that all of it can be seen."""
    return value if hasattr(value, "__html__") else safe(str(value))


def _hash(text: str) -> str:
    """The word of a policy that allows this very text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
