"""overlays/merged of two sources that collide in every way: what is delivered, and what is told of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tests.support.git_repo import Files, Symlink
from tests.support.merged import BASE, MERGED, OVER, TOOL, git, merged, skill, workflow
from tests.support.node import Node

MISSING = {"personas is no folder of acme/base", "personas is no folder of acme/over"}


def findings(node: Node) -> set[tuple[str, str, str]]:
    """What the log says is not delivered; in the status there is as much."""
    told = [event for event in node.events() if event["event"] == "not-delivered"]
    assert {event["repository"] for event in told} <= {MERGED}
    assert node.status()["merged"][MERGED]["problems"] == len(told)
    found = {(str(one["source"]), str(one["path"]), str(one["reason"])) for one in told}
    return {one for one in found if one[2] not in MISSING and not one[2].startswith("PROMPT.md is no file")}


@dataclass(frozen=True)
class Collision:
    """Two sources, what is delivered of them, and what is said of the rest."""

    base: Files
    over: Files
    delivered: Mapping[str, str]
    told: frozenset[tuple[str, str, str]] = frozenset()


COLLISIONS: dict[str, Collision] = {
    "the same tool: the later one, wholesale": Collision(
        {**TOOL, "tools/a/only_in_base.py": "x", "tools/b/pyproject.toml": "b"},
        {"tools/a/pyproject.toml": "over"},
        {"tools/a/pyproject.toml": "over", "tools/b/pyproject.toml": "b"},
    ),
    "the same tool in a group": Collision(
        TOOL, {"tools/group/a/pyproject.toml": "over"}, {"tools/group/a/pyproject.toml": "over"}
    ),
    "two workflows of one name": Collision(
        {"workflows/one.py": workflow("daily", "base"), "workflows/lib.py": "lib"},
        {"workflows/deep/two.py": workflow("daily", "over")},
        {"workflows/deep/two.py": workflow("daily", "over"), "workflows/lib.py": "lib"},
    ),
    "a workflow in a directory behind a link": Collision(
        {"workflows/triage.py": workflow("triage", "base")},
        {
            "workflows/vendor": Symlink("../lib"),
            "lib/t.py": workflow("triage", "over"),
            "lib/helper.py": "help",
            "lib/broken.py": "WORKFLOW_NAME = f()\n",
        },
        {"workflows/vendor/t.py": workflow("triage", "over"), "workflows/vendor/helper.py": "help"},
        frozenset(
            {
                (
                    OVER,
                    "workflows/vendor/broken.py",
                    "line 1: WORKFLOW_NAME is not set to one plain string literal",
                )
            }
        ),
    ),
    "a workflow too large to be looked into": Collision(
        {"workflows/triage.py": workflow("triage")},
        {"workflows/huge.py": workflow("triage", "#" * (1 << 20))},
        {"workflows/triage.py": workflow("triage")},
        frozenset({(OVER, "workflows/huge.py", "is larger than 1 MiB: not looked into, and not served")}),
    ),
    "hidden workflows": Collision(
        {"workflows/one.py": workflow("_nightly"), "workflows/_draft.py": workflow("draft")},
        {"workflows/two.py": workflow("_nightly"), "workflows/_lib.py": "lib"},
        {"workflows/_lib.py": "lib"},
        frozenset(
            (repo, f"workflows/{name}.py", "is a workflow that is hidden by its name, and not served")
            for repo, name in ((BASE, "one"), (BASE, "_draft"), (OVER, "two"))
        ),
    ),
    "a tool in a group behind a link, and one of its name": Collision(
        {"tools/group": Symlink("../shared"), "shared/a/pyproject.toml": "base", "shared/lib.py": "lib"},
        {"tools/a/pyproject.toml": "over"},
        {"tools/a/pyproject.toml": "over", "tools/group/lib.py": "lib"},
    ),
    "a prompt that is too large": Collision(
        {"PROMPT.md": "x" * ((1 << 20) + 1)},
        {"PROMPT.md": "over"},
        {"SYSTEM_PROMPT.md": "over\n"},
        frozenset({(BASE, "PROMPT.md", "the prompt is larger than 1 MiB; nothing is served as 'acme/base'")}),
    ),
    "workflows that are a package": Collision(
        {"workflows/one.py": workflow("one"), "workflows/__init__.py": "base"},
        {"workflows/two.py": workflow("two"), "workflows/__init__.py": "over"},
        {"workflows/one.py": workflow("one"), "workflows/two.py": workflow("two")},
        frozenset({(OVER, "workflows/__init__.py", "would hide the workflows of other directories")}),
    ),
    "a later copy that cannot be served": Collision(
        {".agents/skills/pdf/SKILL.md": skill("pdf"), ".agents/skills/web/SKILL.md": skill("web")},
        {".agents/skills/pdf/SKILL.md": "no front matter"},
        {"skills/web/SKILL.md": skill("web")},
        frozenset(
            {
                (
                    OVER,
                    ".agents/skills/pdf",
                    "SKILL.md does not begin with a line ---; nothing is served as 'pdf', nor is the copy of 1 earlier "
                    "sources",
                )
            }
        ),
    ),
    "a second tool of one name in one source": Collision(
        {"tools/a/pyproject.toml": "first", "tools/z/a/pyproject.toml": "second"},
        {},
        {"tools/a/pyproject.toml": "first"},
        frozenset({(BASE, "tools/z/a", "'a' is there already, at a")}),
    ),
    "two winners of one path": Collision(
        {"workflows/x.py": workflow("old")},
        {"workflows/x.py": workflow("new")},
        {"workflows/x.py": workflow("new")},
        frozenset({(BASE, "workflows/x.py", "'old' is not served: source 2 needs the path x.py")}),
    ),
    "a winner inside another's path": Collision(
        {"tools/g/a/pyproject.toml": "base"},
        {"tools/g/pyproject.toml": "over"},
        {"tools/g/pyproject.toml": "over"},
        frozenset({(BASE, "tools/g/a", "'a' is not served: source 2 needs the path g")}),
    ),
    "a winner above another's path": Collision(
        {"tools/g/pyproject.toml": "base"},
        {"tools/g/a/pyproject.toml": "over"},
        {"tools/g/a/pyproject.toml": "over"},
        frozenset({(BASE, "tools/g", "'g' is not served: source 2 needs the path g/a")}),
    ),
    "a loose file at a winner's path": Collision(
        {"workflows/x.py": workflow("x")},
        {"workflows/x.py": "loose"},
        {"workflows/x.py": workflow("x")},
        frozenset({(OVER, "workflows/x.py", "is not served: x.py stands in its place")}),
    ),
    "a loose file inside a winner's path": Collision(
        {"tools/a/notes.txt": "loose"},
        {"tools/a/pyproject.toml": "over"},
        {"tools/a/pyproject.toml": "over"},
        frozenset({(BASE, "tools/a/notes.txt", "is not served: a stands in its place")}),
    ),
    "a loose file above a winner's path": Collision(
        {"tools/g/a/pyproject.toml": "base"},
        {"tools/g": "loose"},
        {"tools/g/a/pyproject.toml": "base"},
        frozenset({(OVER, "tools/g", "is not served: g/a stands in its place")}),
    ),
    "loose files by path": Collision(
        {"tools/lib/x.py": "base", "tools/lib/y.py": "base"},
        {"tools/lib/x.py": "over"},
        {"tools/lib/x.py": "over", "tools/lib/y.py": "base"},
    ),
    "a loose file and a loose folder": Collision(
        {"tools/x": "base", "tools/y/z": "base"},
        {"tools/x/z": "over", "tools/y": "over"},
        {"tools/x/z": "over", "tools/y": "over"},
        frozenset(
            {
                (BASE, "tools/x", "is not served: x/z stands in its place"),
                (BASE, "tools/y/z", "is not served: y stands in its place"),
            }
        ),
    ),
    "hidden names are loose": Collision(
        {"tools/_shared/pyproject.toml": "base", "tools/.hidden/x": "base"},
        {"tools/_shared/more": "over"},
        {"tools/_shared/pyproject.toml": "base", "tools/_shared/more": "over", "tools/.hidden/x": "base"},
    ),
    "a persona as file and as folder": Collision(
        {"personas/ada.md": "base"}, {"personas/ada/persona.md": "over"}, {"personas/ada/persona.md": "over"}
    ),
    "prompts are joined": Collision(
        {"PROMPT.md": "\nbase\n\n"}, {"PROMPT.md": "over"}, {"SYSTEM_PROMPT.md": "base\n\n---\n\nover\n"}
    ),
    "prompts that say nothing": Collision({"PROMPT.md": "\n \n"}, {"PROMPT.md": ""}, {}),
    "links": Collision(
        {
            "shared/data": "shared",
            "shared/more": "more",
            "tools/a/pyproject.toml": "",
            "tools/a/inside": Symlink("pyproject.toml"),
            "tools/a/file": Symlink("../../shared/data"),
            "tools/a/folder": Symlink("../../shared"),
            "tools/a/up": Symlink(".."),
            "tools/loose": Symlink("../shared/data"),
        },
        {"tools/b/pyproject.toml": "", "tools/b/other": Symlink("../a/pyproject.toml")},
        {
            "tools/a/pyproject.toml": "",
            "tools/a/inside": "-> pyproject.toml",
            "tools/a/file": "shared",
            "tools/a/folder/data": "shared",
            "tools/a/folder/more": "more",
            "tools/b/pyproject.toml": "",
            "tools/loose": "shared",
        },
        frozenset({(BASE, "tools/a/up", "a link to a directory that it is in")}),
    ),
}


@pytest.mark.parametrize("case", COLLISIONS.values(), ids=COLLISIONS)
def test_collision(node: Node, case: Collision) -> None:
    assert merged(node, case.base, case.over) == case.delivered
    assert findings(node) == case.told
    tree = node.root / MERGED
    assert git(tree, "status", "--porcelain") == ""
    assert sorted(git(tree, "ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")[:-1]) == sorted(case.delivered)
