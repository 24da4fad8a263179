"""What a file is to somebody who reviews a skill: a script, a text, something to look at, or bytes nobody can read."""

from __future__ import annotations

import re
from typing import Final

SCRIPT, MARKDOWN, TEXT, MEDIA, BINARY = "script", "markdown", "text", "media", "binary"

_SCRIPTS: Final = re.compile(
    "bash|zsh|fish|[kc]?sh|psm?1|bat|cmd|pyw?|[cm]?[jt]s|[jt]sx|rb|pl|php|lua|r|awk|tcl|go|rs|java|kts|make|mk|just"
)
_SCRIPT_NAMES: Final = frozenset(("makefile", "dockerfile", "containerfile", "justfile", "rakefile", "jenkinsfile"))
_MARKDOWN: Final = frozenset(("md", "markdown", "mdx", "mdc"))
# By the end of the name and by what every such file begins with; both have to fit.
_MEDIA: Final = {
    "png": (b"\x89PNG\r\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF8",),
    "webp": (b"RIFF",),
    "ico": (b"\0\0\1\0",),
    "bmp": (b"BM",),
    "ttf": (b"\0\1\0\0", b"true"),
    "otf": (b"OTTO",),
    "woff": (b"wOFF",),
    "woff2": (b"wOF2",),
    "pdf": (b"%PDF-",),
    "docx": (b"PK\3\4",),
    "pptx": (b"PK\3\4",),
    "xlsx": (b"PK\3\4",),
    "mp3": (b"ID3", b"\xff\xfb"),
    "wav": (b"RIFF",),
}
_START: Final = 8192


def kind_of(name: str, data: bytes) -> str:
    """The kind of a file by its name and the bytes that it begins with."""
    end = name.rpartition(".")[2].lower() if "." in name else ""
    if end in _MEDIA and data.startswith(_MEDIA[end]):
        return MEDIA
    if b"\0" in data[:_START]:
        return BINARY
    if data.startswith(b"#!") or _SCRIPTS.fullmatch(end) or name.lower() in _SCRIPT_NAMES:
        return SCRIPT
    return MARKDOWN if end in _MARKDOWN else TEXT
