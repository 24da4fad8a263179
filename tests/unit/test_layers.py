"""Who may import whom: data flows one way."""

from __future__ import annotations

import ast
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PACKAGE = ROOT / "generator" / "overlays"
NODE = ROOT / "chart" / "node" / "overlays_node"

# Package of ours -> packages of ours that it may import besides itself. `data` only says where shipped files are.
MAY = {
    "model": set[str](),
    "errors": {"model"},
    "data": set[str](),
    "helm": {"model", "errors"},
    "core": {"model", "errors", "helm"},
    "schema": {"model", "errors", "helm", "data"},
    "io": {"model", "errors", "helm"},
    "content": {"model", "errors", "helm", "core", "io"},
    "report": {"model", "errors"},
    "cli": {"model", "errors", "helm", "core", "schema", "io", "content", "report", "data"},
    "__main__": {"cli"},
    "__init__": set[str](),
}
# Third parties, each where it is known and nowhere else.
LIBRARIES = {
    "click": {"cli"},
    "yaml": {"io", "content"},
    "jsonschema_rs": {"schema"},
    "jinja2": {"report"},
    "overlays_node": {"io", "content"},
    "tomli": {"io"},
}


def modules() -> list[pathlib.Path]:
    return sorted(PACKAGE.rglob("*.py"))


def package_of(path: pathlib.Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: pathlib.Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_is_below_it(path: pathlib.Path) -> None:
    package = package_of(path)
    for name in imported(path):
        top, _, rest = name.partition(".")
        if top == "overlays":
            other = rest.partition(".")[0]
            assert other == package or other in MAY[package] or not rest, f"{package} imports {name}"
        elif top in LIBRARIES:
            assert package in LIBRARIES[top], f"{package} imports {top}"
        else:
            assert top in sys.stdlib_module_names, f"{package} imports {top}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_prints_and_only_io_opens(path: pathlib.Path) -> None:
    package = package_of(path)
    nodes = ast.walk(ast.parse(path.read_text()))
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert "print" not in called
    assert "open" not in called or package in {"cli", "io"}


@pytest.mark.parametrize("path", sorted(NODE.glob("*.py")), ids=lambda path: path.name)
def test_the_node_runtime_needs_only_the_standard_library(path: pathlib.Path) -> None:
    tops = {name.partition(".")[0] for name in imported(path)}
    assert tops <= set(sys.stdlib_module_names) | {"overlays_node"}


def test_the_node_runtime_is_flat() -> None:
    # It travels as a ConfigMap, whose keys hold no "/".
    assert [path.name for path in NODE.iterdir() if path.is_dir() and path.name != "__pycache__"] == []
