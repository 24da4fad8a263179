"""What a manifest may say: texts that are safe to use, and how a wrong one is shown."""

from __future__ import annotations

import re

from overlays_node import NodeError

OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
NAME = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._-]{0,99}")
RESERVED_OWNERS = frozenset({"public", "private"})  # they would collide with other layouts of the cache


class ManifestError(NodeError):
    """The manifest file cannot be used; says where and why."""


def check_repo(where: str, repo: object) -> str:
    """The same text when it is a safe "owner/name", else ManifestError that begins with `where`."""
    owner, slash, name = repo.partition("/") if isinstance(repo, str) else ("", "", "")
    legal = slash and OWNER.fullmatch(owner) and NAME.fullmatch(name) and name not in (".", "..")
    if not isinstance(repo, str) or not legal or name.endswith(".git") or owner in RESERVED_OWNERS:
        raise ManifestError(f"{where}: {shown(repo)} is not a legal owner/name")
    return repo


def check_path(where: str, path: str) -> str:
    """The same text when it is a relative path in normal form, else ManifestError that begins with `where`."""
    if "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise ManifestError(f"{where}: {shown(path)} is not a relative path in normal form")
    return path


def text(where: str, value: object) -> str | None:
    """The same, when it is text or null, else ManifestError that begins with `where`."""
    if value is not None and not isinstance(value, str):
        raise ManifestError(f"{where}: {shown(value)} is not text")
    return value


def texts(where: str, value: object) -> tuple[str, ...] | None:
    """The same, when it is a list of texts or null, else ManifestError that begins with `where`. [] stays ()."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ManifestError(f"{where}: {shown(value)} is not a list of texts")
    return tuple(value)


def shown(value: object) -> str:
    """A value as messages show it: in what stands before an "@" there may be a password."""
    return re.sub("(://|^.).*@", r"\1***@", repr(value))
