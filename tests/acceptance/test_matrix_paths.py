"""Every path of the values and of the flags, against every path that must and must not be one: one rule for all."""

from __future__ import annotations

import functools
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from overlays.cli.pipeline import Checked, prepare
from overlays.io.source import Sources
from overlays.io.values import Inputs
from overlays.model.finding import Severity
from overlays_node.checks import ManifestError, check_path
from tests.support.checkouts import List, write
from tests.support.here import overlays_here

ACCEPTED = (
    "tools",
    "a/b/c",
    ".agents/skills",
    "",
    "a__..__..__x",
    "...",
    "..a",
    "a..b",
    "_a",
    "a+b,c=d@e%f~",
    "é/技",
    "~root",
)
LEAVING = ("..", "../x", "a/../b", "a/../../b", "arena/../../../../etc", "/etc", "/", "a/..")
UNCLEAN = (".", "./a", "a//b", "a/", "a/./b", "a/.")
REFUSED = (
    *LEAVING,
    *UNCLEAN,
    *(
        "a\\b",
        "..\\x",
        "a:b",
        "a b",
        "a*",
        "a?",
        "a[b",
        "a]b",
        "a{b",
        "a}b",
        "a$b",
        "-a",
        "~",
        "~/a",
        " ",
        "a ",
        " a",
    ),
    *(
        "a\0b",
        "\0",
        "a\nb",
        "a\n",
        "\n",
        "a\tb",
        "a\x7fb",
        "a\u0085b",
        "a\u00a0b",
        "a\u200bb",
        "a\u2028b",
        "a\u202eb",
        "a\ufeffb",
    ),
)
SUBDIRS = ("toolsSubdir", "workflowsSubdir", "skillsSubdir", "personasSubdir", "promptPath")
COMPAT = ("subdir", "workflowsSubdir", "skillsSubdir")


def checked(values: Mapping[str, Any]) -> Checked:
    data = json.dumps({"toolServer": {"enabled": False}, **values}).encode()
    return prepare(Inputs(("values.yaml",), (), (), (), ()), "prod", Sources(given={"values.yaml": data}))


def errors(values: Mapping[str, Any]) -> list[str]:
    """Where the errors of these values are."""
    return [one.pointer for one in checked(values).findings if one.severity is Severity.ERROR]


def in_list(pointers: Sequence[str], prefix: str, key: str) -> set[int]:
    """The entries of a list whose key is wrong; nothing else may be."""
    found = set()
    for pointer in pointers:
        index, _, rest = pointer.removeprefix(f"{prefix}/").partition("/")
        assert (pointer.startswith(prefix), rest) == (True, key), pointer
        found.add(int(index))
    return found


@functools.cache
def refused_of_sources(key: str) -> frozenset[str]:
    """Which of all values one key of a source refuses."""
    every = (*ACCEPTED, *REFUSED)
    sources = [{"repo": f"acme/r{at}", key: value} for at, value in enumerate(every)]
    wrong = in_list(errors({"overlays": {"sources": sources}}), "/overlays/sources", key)
    return frozenset(every[at] for at in wrong)


@functools.cache
def refused_of_extra_sources(key: str) -> frozenset[str]:
    """The same of the older list."""
    every = (*ACCEPTED, *REFUSED)
    extra = [{"repo": f"acme/r{at}", key: value} for at, value in enumerate(every)]
    values = {"toolServer": {"enabled": True, "extraSources": extra}}
    return frozenset(every[at] for at in in_list(errors(values), "/toolServer/extraSources", key))


@pytest.mark.parametrize("key", SUBDIRS)
@pytest.mark.parametrize("value", ACCEPTED, ids=repr)
def test_a_source_accepts(key: str, value: str) -> None:
    assert value not in refused_of_sources(key)


@pytest.mark.parametrize("key", SUBDIRS)
@pytest.mark.parametrize("value", REFUSED, ids=repr)
def test_a_source_refuses(key: str, value: str) -> None:
    assert value in refused_of_sources(key)


@pytest.mark.parametrize("key", COMPAT)
@pytest.mark.parametrize("value", ACCEPTED, ids=repr)
def test_an_extra_source_accepts(key: str, value: str) -> None:
    assert value not in refused_of_extra_sources(key)


@pytest.mark.parametrize("key", COMPAT)
@pytest.mark.parametrize("value", REFUSED, ids=repr)
def test_an_extra_source_refuses(key: str, value: str) -> None:
    assert value in refused_of_extra_sources(key)


@pytest.mark.parametrize("value", [*ACCEPTED, *REFUSED], ids=repr)
def test_the_directory_of_the_tool_server(value: str) -> None:
    found = errors({"toolServer": {"enabled": True, "subdir": value}})
    assert found == (["/toolServer/subdir"] if value in REFUSED else [])


@pytest.mark.parametrize("value", [*ACCEPTED, *(one for one in REFUSED if "\0" not in one)], ids=repr)
def test_the_flags_of_lint(value: str, tmp_path: pathlib.Path) -> None:
    write(tmp_path, {"README.md": ""})
    for surface in ("tools-subdir", "workflows-subdir", "skills-subdir", "personas-subdir", "prompt-path"):
        ran = overlays_here("lint", f"--{surface}={value}", tmp_path)
        assert (ran.code == 64) == (value in REFUSED), ran.told
        assert ran.code != 64 or "is no relative path in normal form" in ran.told


@pytest.mark.parametrize("value", [*LEAVING, *UNCLEAN, "\0", "a\0b", ""], ids=repr)
def test_the_node_refuses_what_leads_elsewhere_once_more(value: str) -> None:
    with pytest.raises(ManifestError):
        check_path("here", value)


@pytest.mark.parametrize("value", [one for one in ACCEPTED if one], ids=repr)
def test_the_node_accepts(value: str) -> None:
    assert check_path("here", value) == value


def test_two_underscores_are_no_slash(tmp_path: pathlib.Path) -> None:
    """Elsewhere "__" became "/": here the name of a directory is its name."""
    listed = List(tmp_path, {"repo": "acme/base", "skillsSubdir": "a__..__..__x"})
    listed.has("acme/base", {"a__..__..__x/pdf/SKILL.md": "---\nname: pdf\n---\n"})
    assert listed.items()["skills/pdf"]["winner"]["path"] == "a__..__..__x/pdf"


ABSOLUTE = {
    "repoCache.hostPath": {},
    "overlay.mountPath": {"overlay": {"systemPrompt": "x"}},
    "sandbox.workspace": {},
    "sandbox.reposPath": {},
}
NO_ABSOLUTE: tuple[str, ...] = (
    "a",
    "./a",
    "../a",
    "/",
    "/a/",
    "/a//b",
    "/a/..",
    "/../a",
    "/a/../b",
    "/a/./b",
    "/.",
    "/a b",
    "/a\nb",
    "/a\n",
)
NO_ABSOLUTE += ("/a\\b", "/a:b", "/a$b", "/a*", "~", "~/a", "/é", "/a\0b")


@pytest.mark.parametrize("key", ABSOLUTE)
@pytest.mark.parametrize("value", ["/srv/a", "/srv/a.b/c_d-e@f%g+h", "/a/...", "/a/..b", *NO_ABSOLUTE], ids=repr)
def test_an_absolute_path(key: str, value: str) -> None:
    owner, _, name = key.partition(".")
    more = dict(ABSOLUTE[key])
    values = {**more, owner: {**more.get(owner, {}), name: value}}
    assert errors(values) == ([f"/{owner}/{name}"] if value in NO_ABSOLUTE else [])
