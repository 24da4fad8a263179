"""Names of skills, and references to repositories, against every one that must and must not be one."""

from __future__ import annotations

import functools
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import pytest

from overlays.content.skill.check import remarks
from overlays.content.skill.profiles import judge
from overlays.model.finding import Severity
from overlays_node.names import skill_problem
from tests.acceptance.test_matrix_paths import errors, in_list
from tests.support.checkouts import List, write

# ---- names of skills ------------------------------------------------------------------------------------------------

NAMES = ("a", "my-skill", "v2", "123", "a" * 64, "0x10", "a-b-c-1")
NO_NAMES = (
    *(
        "",
        "Ab",
        "ab-C",
        "a b",
        "a_b",
        "-a",
        "a-",
        "-",
        "--",
        "a--b",
        "a.b",
        "a..b",
        ".x",
        "a:b",
        "a#b",
        "q?x",
        "a/b",
        "../x",
    ),
    *(
        "a\n",
        "\na",
        "a ",
        " a",
        "a\t",
        "caf\u00e9",
        "cafe\u0301",
        "\u6280\u80fd",
        "\uff41",
        "a\u200bb",
        "a" * 65,
        "a\\b",
    ),
)


def errors_of_skill(name: str, directory: str) -> list[str]:
    """Lines of the errors that the specification's level finds in a SKILL.md with that name."""
    data = f"---\nname: {json.dumps(name, ensure_ascii=False)}\ndescription: Reads files.\n---\nbody\n".encode()
    judged = [(one, judge(one, ())) for one in remarks(data, directory)]
    return [one.what for one, found in judged if found and found[0] is Severity.ERROR]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_a_skill(name: str) -> None:
    assert errors_of_skill(name, name) == []
    assert skill_problem(f'---\nname: "{name}"\n---\n'.encode(), name) is None


@pytest.mark.parametrize("name", NO_NAMES, ids=repr)
def test_no_name_of_a_skill(name: str) -> None:
    assert errors_of_skill(name, name)


@pytest.mark.parametrize(("name", "directory"), [("pdf", "pdfs"), ("pdf", "PDF"), ("pdf", "p"), ("pdf", "")])
def test_a_name_that_is_not_that_of_its_directory(name: str, directory: str) -> None:
    assert errors_of_skill(name, directory)
    assert skill_problem(f"---\nname: {name}\n---\n".encode(), directory)


@functools.cache
def refused_mounts() -> frozenset[str]:
    every = (*NAMES, *NO_NAMES)
    agents = [{"name": f"a{at}", "mountAs": {"skills": name}} for at, name in enumerate(every)]
    wrong = in_list(
        errors({"overlays": {"sources": [{"repo": "acme/base"}]}, "agents": agents}), "/agents", "mountAs/skills"
    )
    return frozenset(every[at] for at in wrong)


@pytest.mark.parametrize("name", [*NAMES, *NO_NAMES], ids=repr)
def test_what_stands_before_the_names_of_copies_is_one(name: str) -> None:
    assert (name in refused_mounts()) == (name in NO_NAMES)


# ---- references -----------------------------------------------------------------------------------------------------

REPOS = ("acme/base", "a/b", "A_1.x-y/_b.c-d", "a/.github", f"{'a' * 100}/{'b' * 100}")
NO_REPOS = (
    *("../..", "a/..", "a/.", "./b", "../b", "a/../b", "/a/b", "a/b/", "a//b", "", "/", "a", "a/b/c", "a/"),
    *(
        "@a/b",
        "@../..",
        "@a/b@v1",
        "a/b@",
        "a/b@v1",
        "a/b@v1@v2",
        "a/b@--x",
        "a/b:c",
        "-a/b",
        "a/-b",
        "a/b.git",
        "public/x",
    ),
    *(
        "private/x",
        "a b/c",
        "a/b c",
        "a/b\n",
        "a/b\0",
        "a/\u00e4",
        "a/b#c",
        "a/b?c",
        "a\\b",
        "https://x.example/a/b",
        "a" * 101 + "/b",
    ),
)
REFS = ("main", "v1.0", "feature/x", "1" * 40, "abcdef1", "a-b", "x@y", "release-1.x")
NO_REFS = (
    *(
        "-x",
        "--x",
        "--upload-pack=x",
        "a..b",
        "..",
        "../x",
        "a b",
        " a",
        "a ",
        "a\n",
        "a\tb",
        "a\0b",
        "a\x7fb",
        "a\u00a0b",
    ),
    *(
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[b",
        "a\\b",
        "a@{b",
        "@",
        "/a",
        "a/",
        "a//b",
        "a.",
        ".a",
        "a/.b",
        "a.lock",
        "a.lock/b",
    ),
    *("$x", "a=b", "a,b", "a\u200bb", "a\u2028b"),
)
Values = Mapping[str, Any]


def sources(key: str, values: tuple[str, ...]) -> Values:
    return {"overlays": {"sources": [{"repo": f"acme/r{at}", key: value} for at, value in enumerate(values)]}}


def extra(key: str, values: tuple[str, ...]) -> Values:
    listed = [{"repo": f"acme/r{at}", key: value} for at, value in enumerate(values)]
    return {"toolServer": {"enabled": True, "extraSources": listed}}


def cached(key: str, values: tuple[str, ...]) -> Values:
    return {"repoCache": {"repositories": [{"repo": f"acme/r{at}", key: value} for at, value in enumerate(values)]}}


PLACES = {"/overlays/sources": sources, "/toolServer/extraSources": extra, "/repoCache/repositories": cached}


@functools.cache
def refused(place: str, key: str) -> frozenset[str]:
    """What one key of one list refuses. No two texts together, since one repository has one ref."""
    every = (*REPOS, *NO_REPOS) if key == "repo" else (*REFS, *NO_REFS)
    wrong = in_list(errors(PLACES[place](key, every)), place, key)
    return frozenset(every[at] for at in wrong)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("repo", [*REPOS, *NO_REPOS], ids=lambda text: repr(text)[:40])
def test_a_repository(place: str, repo: str) -> None:
    assert (repo in refused(place, "repo")) == (repo in NO_REPOS)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("ref", [*REFS, *NO_REFS], ids=repr)
def test_a_ref(place: str, ref: str) -> None:
    assert (ref in refused(place, "ref")) == (ref in NO_REFS)


@pytest.mark.parametrize("repo", [*REPOS, *NO_REPOS], ids=lambda text: repr(text)[:40])
def test_a_repository_that_is_a_text_of_its_own(repo: str) -> None:
    found = errors({"repoCache": {"repositories": [repo]}})
    assert found == (["/repoCache/repositories/0"] if repo in NO_REPOS else [])


def test_a_version_is_a_ref_and_never_a_part_of_the_name(tmp_path: pathlib.Path) -> None:
    """Elsewhere @a/b@v1@v2 is the repository b@v1: here the two have a key each, and neither holds the other."""
    listed = List(tmp_path, {"repo": "acme/base", "ref": "v1"})
    write(listed.has("acme/base"), {".agents/skills/pdf/SKILL.md": "---\nname: pdf\n---\n"})
    winner = listed.items()["skills/pdf"]["winner"]
    assert (winner["repo"], winner["ref"]) == ("acme/base", "v1")
