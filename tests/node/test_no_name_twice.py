"""What is delivered, as consumers find it that know docs/delivery.md alone: no name twice, and all that were chosen."""

from __future__ import annotations

import ast
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from overlays_node import items
from overlays_node.arrange import LINK, parcels
from overlays_node.config import Source
from overlays_node.items import FOLDER
from tests.support.git_repo import Symlink
from tests.support.merged import MERGED
from tests.support.node import Node

SURFACES = ("tools", "workflows", "skills", "personas")
Tree = dict[str, "str | Symlink"]
REPOS = ("acme/a", "acme/b", "acme/c")
SOURCES = [Source(repo, tuple((surface, surface) for surface in SURFACES)) for repo in REPOS]

NAME = st.sampled_from(["a", "a", "b", "b", "A", "_x", ".h", "é", "d e", "a.md"])
PROGRAM = st.one_of(
    NAME.map('WORKFLOW_NAME = "{}"\n'.format),
    NAME.map("'''x'''\nWORKFLOW_NAME: str = '{}'  # so\n".format),
    NAME.map('"""\nWORKFLOW_NAME = "{}"\n"""\n'.format),
    st.sampled_from(["", "x = 1\n", "WORKFLOW_NAME = f()\n", 'WORKFLOW_NAME = f"a"\n', 'WORKFLOW_NAME = "a" "b"\n']),
    NAME.map(('WORKFLOW_NAME = "{}"\n#' + "x" * (1 << 20)).format),
)
TARGETS = "../lib ../../lib ../lib/a ../lib/a.py ../lib/up a b . .. ../.. a.py ../tools ../workflows ../../workflows"
TARGET = st.sampled_from([*TARGETS.split(), "../personas", "../skills/a", "../../skills/b", "/etc"])


def file(*parts: str | st.SearchStrategy[str], content: st.SearchStrategy[str | Symlink]) -> st.SearchStrategy[Tree]:
    texts = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.builds(lambda names, text: {"".join(names): text}, st.tuples(*texts), content)


def skill(name: str, *, servable: bool) -> Tree:
    return {f"skills/{name}/SKILL.md": f"---\nname: {name}\n---\n" if servable else "broken"}


TOP = st.sampled_from([*SURFACES, "lib"])
PLACE = st.one_of(TOP, st.builds("{}/{}".format, TOP, NAME))
PART: st.SearchStrategy[Tree] = st.one_of(
    file(PLACE, "/", NAME, "/pyproject.toml", content=st.just("")),
    file(PLACE, "/", NAME, "/", NAME, "/pyproject.toml", content=st.just("")),
    file(PLACE, "/", NAME, ".py", content=PROGRAM),
    file(PLACE, "/", NAME, ".py", content=PROGRAM),
    file(PLACE, "/", NAME, st.sampled_from(["", ".md", "/x"]), content=st.just("x")),
    st.builds(skill, NAME, servable=st.booleans()),
    file(PLACE, "/", NAME, "/SKILL.md", content=NAME.map("---\nname: {}\n---\n".format)),
    file("lib/", NAME, st.sampled_from([".py", "/a.py"]), content=PROGRAM),
    file("lib/", NAME, st.sampled_from(["/pyproject.toml", "/b/pyproject.toml"]), content=st.just("")),
    file(PLACE, "/", NAME, st.sampled_from(["", ".py", ".md"]), content=TARGET.map(Symlink)),
    file(PLACE, "/", NAME, content=TARGET.map(Symlink)),
    file(st.sampled_from(SURFACES), "/", NAME, content=st.sampled_from(["../lib", "../lib/a"]).map(Symlink)),
)


def tree(parts: Sequence[Tree]) -> Tree:
    """All of them but what would stand above or below another."""
    made: Tree = {}
    for path, content in (one for part in parts for one in part.items()):
        if not any(f"{path}/".startswith(f"{one}/") or one.startswith(f"{path}/") for one in made):
            made[path] = content
    return made or {"x": "x"}


TREES = st.lists(st.lists(PART, min_size=1, max_size=14).map(tree), min_size=2, max_size=len(REPOS))


def found(folder: pathlib.Path) -> list[tuple[str, str]]:
    """Surface and name of all that consumers find there, as often as they find it."""
    return sorted(
        [("tools", name) for name in tools(folder / "tools")]
        + [("workflows", name) for name in workflows(folder / "workflows")]
        + [("skills", one.name) for one in shown(folder / "skills") if os.path.lexists(one / "SKILL.md")]
        + [("personas", one.name if one.is_dir() else one.stem) for one in personas(folder / "personas")]
    )


def shown(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    return (one for one in folder.iterdir() if not one.name.startswith((".", "_")))


def tools(folder: pathlib.Path) -> Iterator[str]:
    for one in shown(folder):
        if (one / "pyproject.toml").is_file():
            yield one.name
        elif one.is_dir():
            yield from (inner.name for inner in shown(one) if (inner / "pyproject.toml").is_file())


def workflows(folder: pathlib.Path) -> Iterator[str]:
    """Of every Python file, hidden ones too: whoever runs it gets that name."""
    for place, _, files in os.walk(folder, followlinks=True):
        for name in files:
            path = pathlib.Path(place, name)
            for line in ast.parse(path.read_bytes()).body if path.suffix == ".py" or name == ".py" else ():
                targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
                if any(isinstance(one, ast.Name) and one.id == "WORKFLOW_NAME" for one in targets):
                    yield str(getattr(getattr(line, "value", None), "value", "not a plain text"))


def personas(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    return (one for one in shown(folder) if one.is_dir() or one.suffix == ".md")


def chosen(root: pathlib.Path, sources: Sequence[Source]) -> list[tuple[str, str]]:
    served = items.survey(sources, root.joinpath)
    return sorted((one.surface, choice.name) for one in served for choice in one.choices if choice.winner)


def deliver(root: pathlib.Path, sources: Sequence[Source], folder: pathlib.Path) -> None:
    """Make what the parcels say."""
    for served in items.survey(sources, root.joinpath):
        (folder / served.surface).mkdir(parents=True)
        for parcel in parcels(served, sources, root.joinpath):
            for piece in parcel.pieces:
                place = folder / served.surface / piece.path
                place.parent.mkdir(parents=True, exist_ok=True)
                if piece.kind == FOLDER:
                    place.mkdir(exist_ok=True)
                elif piece.kind == LINK:
                    place.symlink_to(piece.target)
                else:
                    shutil.copy(piece.real, place)


def write(folder: pathlib.Path, files: Mapping[str, str | Symlink]) -> None:
    folder.mkdir(parents=True)
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Symlink):
            place.symlink_to(os.fsdecode(content.target))
        else:
            place.write_text(content)


TRIAGE = 'WORKFLOW_NAME = "triage"\n'
LINKED: Tree = {"workflows/vendor": Symlink("../lib"), "lib/t.py": TRIAGE, "lib/bad.py": "WORKFLOW_NAME = f()\n"}
GROUP: Tree = {"tools/group": Symlink("../lib"), "lib/a/pyproject.toml": "", "lib/shared.py": ""}


@given(trees=TREES)
@example(trees=[{"workflows/triage.py": TRIAGE}, LINKED])
@example(trees=[LINKED, {"workflows/triage.py": TRIAGE}])
@example(trees=[{"workflows/triage.py": TRIAGE}, {"workflows/huge.py": TRIAGE + "#" * (1 << 20)}])
@example(trees=[{f"workflows/{name}.py": 'WORKFLOW_NAME = "_x"\n'} for name in "ab"])
@example(trees=[{f"workflows/_{name}.py": TRIAGE} for name in "ab"])
@example(trees=[GROUP, {"tools/a/pyproject.toml": ""}])
@example(trees=[{"tools/a/pyproject.toml": ""}, GROUP])
def test_whatever_sources_have_no_name_is_delivered_twice(trees: list[Tree]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for repo, files in zip(REPOS, trees, strict=False):
            write(root / repo, files)
        sources = SOURCES[: len(trees)]
        deliver(root, sources, root / "delivered")
        names = found(root / "delivered")
        assert names == chosen(root, sources)
        assert len({*names}) == len(names)


@given(trees=st.lists(st.lists(PART, min_size=6, max_size=14).map(tree), min_size=3, max_size=3))
@example(trees=[LINKED, {"workflows/triage.py": TRIAGE}, GROUP])
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_and_none_is_there_twice_in_a_merged_directory(node: Node, trees: list[Tree]) -> None:
    for repo, files in zip(REPOS, trees, strict=True):
        node.repo(repo).commit(files, fresh=True)
    node.want(*REPOS, sources=tuple({"repo": one.repo, **dict(one.subdirs)} for one in SOURCES), delivery="merged")
    assert node.sync() == 0
    names = found(node.root / MERGED)
    assert names == chosen(node.root, SOURCES)
    assert len({*names}) == len(names)
