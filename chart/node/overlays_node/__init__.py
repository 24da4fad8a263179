"""Keeps the overlay repositories of one node in step with the manifest. Standard library and git only."""

from __future__ import annotations


class NodeError(Exception):
    """The one expected failure: a single line for people that never holds a token.

    Anything else that escapes is a bug of ours.
    """
