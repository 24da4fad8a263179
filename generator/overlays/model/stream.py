"""What a stream of Kubernetes objects holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Identity(NamedTuple):
    """What makes two objects one to Kubernetes.

    group: of the apiVersion, without the version; "" for the core group.
    namespace: "" when the object names none.
    name: with generateName that prefix and a "*".
    """

    group: str
    kind: str
    namespace: str
    name: str


class KubeObject(NamedTuple):
    """One object of a stream.

    line, column: where it begins in the file, 1-based.
    value: maps, lists, str, bool, int, float and None, in the order of the file. Not to be changed: it may be shared.
    """

    identity: Identity
    line: int
    column: int
    value: Mapping[str, Any]


class Stream(NamedTuple):
    """The objects of one file, in its order. name: as the user gave it."""

    name: str
    objects: tuple[KubeObject, ...]
