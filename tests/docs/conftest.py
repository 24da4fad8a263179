"""The node of tests/node, for pages that show one."""

from tests.node.conftest import node, server

__all__ = ["node", "server"]
