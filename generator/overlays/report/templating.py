"""The Jinja2 environment of the text outputs that are not JSON. Imported only when one is printed."""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Sequence
from typing import Any

import jinja2

_TEMPLATES = pathlib.Path(__file__).parent.parent / "templates"
# JSON leaves these raw, but YAML 1.1 takes them for line breaks, or not at all.
_NOT_YAML = "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"


def render(template: str, **data: Any) -> str:
    """Text of generator/overlays/templates/<template>; the data holds every decision, the template only loops."""
    environment = jinja2.Environment(  # noqa: S701  (no HTML)
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(yaml=yaml_value, shell=shell_string)
    return environment.get_template(template).render(**data)


def yaml_value(value: str | Sequence[str]) -> str:
    """A text, or a list of texts on one line."""
    return yaml_string(value) if isinstance(value, str) else f"[{', '.join(map(yaml_string, value))}]"


def yaml_string(text: str) -> str:
    """One double-quoted line: JSON syntax, which is also YAML."""
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(_NOT_YAML, lambda match: f"\\u{ord(match[0]):04x}", quoted)


def shell_string(text: str) -> str:
    """Single-quoted for a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"
