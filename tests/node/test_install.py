"""`install`: an agent's directory holds what won, as copies, and follows what changes."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess

import pytest

from tests.support.git_repo import Executable, Symlink
from tests.support.installs import Agent, skill, source, stamps, tool, tree
from tests.support.node import Node
from tests.support.program import environment, run


@pytest.fixture
def agent(node: Node) -> Agent:
    return Agent(node)


def serve(node: Node) -> None:
    """Two sources that collide on every surface."""
    node.repo(
        "acme/base",
        {
            **tool("search", "base"),
            **tool("data/plot", "base"),
            "tools/lib.py": "base",
            "tools/shared/x.py": "base",
            "workflows/nightly.py": 'WORKFLOW_NAME = "nightly"\n',
            "workflows/deep/weekly.py": 'WORKFLOW_NAME = "weekly"\n',
            ".agents/skills/review/SKILL.md": skill("review", "base"),
            ".agents/skills/review/extra.md": "base",
            "personas/kind.md": "base",
            "PROMPT.md": "\n\nBe kind.\n\n",
        },
    )
    node.repo(
        "acme/extra",
        {
            "tools/search/pyproject.toml": "",
            "tools/search/bin/run": Executable("#!/bin/sh\n"),
            "tools/search/latest": Symlink("bin/run"),
            "tools/lib.py": "extra",
            "workflows/mine.py": 'WORKFLOW_NAME = "nightly"\n',
            ".agents/skills/review/SKILL.md": skill("review", "extra"),
            "personas/kind/PERSONA.md": "extra",
            "PROMPT.md": "Be brief.",
        },
    )
    node.want("acme/base", "acme/extra", sources=(source("acme/base"), source("acme/extra")))
    assert node.sync() == 0


INSTALLED = {
    ".agents/": "755",
    ".agents/skills/": "755",
    ".agents/skills/review/": "755",
    ".agents/skills/review/SKILL.md": "644 ---\nname: review\n---\nextra",
    ".claude/": "755",
    ".claude/skills": "link -> ../.agents/skills",
    "SYSTEM_PROMPT.md": "644 Be kind.\n\n---\n\nBe brief.\n",
    "personas/": "755",
    "personas/kind/": "755",
    "personas/kind/PERSONA.md": "644 extra",
    "tools/": "755",
    "tools/data/": "755",
    "tools/data/plot/": "755",
    "tools/data/plot/pyproject.toml": "644 ",
    "tools/data/plot/run.py": "644 base",
    "tools/lib.py": "644 extra",
    "tools/search/": "755",
    "tools/search/bin/": "755",
    "tools/search/bin/run": "755 #!/bin/sh\n",
    "tools/search/latest": "link -> bin/run",
    "tools/search/pyproject.toml": "644 ",
    "tools/shared/": "755",
    "tools/shared/x.py": "644 base",
    "workflows/": "755",
    "workflows/deep/": "755",
    "workflows/deep/weekly.py": '644 WORKFLOW_NAME = "weekly"\n',
    "workflows/mine.py": '644 WORKFLOW_NAME = "nightly"\n',
}


def test_winners_are_copied_to_where_agents_look(node: Node, agent: Agent) -> None:
    serve(node)
    assert agent.install() == 0
    assert agent.tree() == INSTALLED


def test_both_deliveries_give_the_same(node: Node, agent: Agent) -> None:
    serve(node)
    assert agent.install() == 0
    separate = agent.tree()
    sources = (source("acme/base"), source("acme/extra"))
    node.want("acme/base", "acme/extra", sources=sources, delivery="merged")
    assert (node.sync(), agent.install()) == (0, 0)
    assert agent.tree() == separate == INSTALLED
    agent.dest = agent.dest.with_name("another")
    assert agent.install() == 0
    assert agent.tree() == INSTALLED
    merged = {path: text.partition(" ")[2] for path, text in tree(node.root / "overlays/merged").items()}
    there = {path.removeprefix(".agents/"): text for path, text in agent.files().items() if path != ".claude/skills"}
    assert {path: merged[path] for path in there} == there


def test_copies_do_not_depend_on_the_umask_and_share_nothing_with_the_cache(node: Node, agent: Agent) -> None:
    serve(node)
    before = tree(node.root)
    assert agent.install(prefix=("sh", "-c", 'umask 077; exec "$@"', "sh")) == 0
    assert agent.tree() == INSTALLED
    for path in INSTALLED:
        if not path.endswith("/") and not (agent.dest / path).is_symlink():
            assert (agent.dest / path).stat().st_nlink == 1
            (agent.dest / path).write_text("changed by the agent")
    assert tree(node.root) == before


def test_the_log_names_every_item_once_it_is_there(node: Node, agent: Agent) -> None:
    serve(node)
    assert agent.install() == 0
    commits = {repo: node.of(repo)["commit"] for repo in ("acme/base", "acme/extra")}
    keys = ("kind", "name", "source", "ref", "commit", "path", "place", "shadows")
    assert [{key: one[key] for key in keys} for one in agent.placed()] == [
        {"kind": kind, "name": name, "source": repo, "ref": "", "commit": commits[repo], "path": path, "place": place}
        | {"shadows": shadows}
        for kind, name, repo, path, place, shadows in [
            ("tools", "plot", "acme/base", "tools/data/plot", "tools/data/plot", []),
            ("tools", "search", "acme/extra", "tools/search", "tools/search", ["acme/base"]),
            ("workflows", "nightly", "acme/extra", "workflows/mine.py", "workflows/mine.py", ["acme/base"]),
            ("workflows", "weekly", "acme/base", "workflows/deep/weekly.py", "workflows/deep/weekly.py", []),
            ("skills", "review", "acme/extra", ".agents/skills/review", ".agents/skills/review", ["acme/base"]),
            ("personas", "kind", "acme/extra", "personas/kind", "personas/kind", ["acme/base"]),
            ("prompt", "acme/base", "acme/base", "PROMPT.md", "SYSTEM_PROMPT.md", []),
            ("prompt", "acme/extra", "acme/extra", "PROMPT.md", "SYSTEM_PROMPT.md", []),
        ]
    ]
    (summary,) = agent.named("installed")
    told = {key: summary[key] for key in summary if key not in ("time", "seconds", "set")}
    assert told == {
        "level": "info",
        "event": "installed",
        "agent": None,
        "digest": node.status()["manifestDigest"],
        "complete": True,
        "fallback": None,
        "sources": 2,
        "items": 8,
        "loose": 2,
        "installed": 10,
        "unchanged": 0,
        "kept": 0,
        "removed": 0,
        "shadowed": 5,
        "skipped": 0,
    }
    assert summary["set"] == node.status()["set"]


def test_the_record_names_what_is_there(node: Node, agent: Agent) -> None:
    serve(node)
    assert agent.install() == 0
    record = agent.record()
    assert [*record] == [
        "schemaVersion",
        "set",
        "manifestDigest",
        "complete",
        "fallback",
        "agent",
        "persona",
        "bootId",
        "items",
        "loose",
        "skipped",
        "folders",
        "links",
    ]
    assert (record["schemaVersion"], record["complete"], record["fallback"]) == (1, True, None)
    assert (record["set"], record["manifestDigest"]) == (node.status()["set"], node.status()["manifestDigest"])
    assert record["items"][0] == {
        "kind": "skills",
        "name": "review",
        "source": "acme/extra",
        "ref": "",
        "commit": node.of("acme/extra")["commit"],
        "path": ".agents/skills/review",
        "place": ".agents/skills/review",
        "shadows": ["acme/base"],
        "mount": "",
        "preload": False,
    }
    shared = {"kind": "tools", "ref": "", "path": "tools", "place": "tools"}
    assert record["loose"] == [
        {**shared, "source": source, "commit": node.of(source)["commit"], "shadows": shadows, "files": [file]}
        for source, shadows, file in [
            ("acme/extra", ["acme/base"], "lib.py"),
            ("acme/base", [], "shared/x.py"),
        ]
    ]
    assert (record["skipped"], record["links"]) == ([], [".claude/skills"])
    assert record["folders"] == [
        ".agents",
        ".agents/skills",
        ".claude",
        "personas",
        "tools",
        "tools/data",
        "tools/shared",
        "workflows",
        "workflows/deep",
    ]


def test_a_second_run_writes_nothing(node: Node, agent: Agent) -> None:
    serve(node)
    assert agent.install() == 0
    before = stamps(agent.dest)
    assert agent.install() == 0
    assert stamps(agent.dest) == before
    assert agent.placed() == []
    (summary,) = agent.named("installed")
    assert (summary["installed"], summary["unchanged"], summary["removed"]) == (0, 10, 0)


def test_only_what_changed_is_written(node: Node, agent: Agent) -> None:
    serve(node)
    assert agent.install() == 0
    before = stamps(agent.dest / "tools/data/plot")
    node.repos["acme/extra"].commit({"tools/search/bin/run": None, "tools/search/new": "2"})
    assert node.sync() == 0
    assert agent.install() == 0
    assert sorted(path.name for path in (agent.dest / "tools/search").iterdir()) == ["new", "pyproject.toml"]
    assert stamps(agent.dest / "tools/data/plot") == before
    assert {one["source"] for one in agent.placed()} == {"acme/base", "acme/extra"}  # the prompt's parts
    assert {one["source"] for one in agent.placed() if one["kind"] != "prompt"} == {"acme/extra"}


def test_what_was_removed_upstream_goes_and_the_agents_own_files_stay(node: Node, agent: Agent) -> None:
    """A plain copy loop leaves a removed skill in the workspace for ever."""
    serve(node)
    assert agent.install() == 0
    agent.write("notes.txt")
    agent.write("tools/mine/run.py")
    agent.write(".agents/skills/own/SKILL.md")
    agent.write(".claude/settings.json")
    agent.write("workflows/deep/own.py")
    node.repos["acme/base"].commit({"left": ""}, fresh=True)
    node.repos["acme/extra"].commit({"left": ""}, fresh=True)
    assert node.sync() == 0
    assert agent.install() == 0
    assert agent.files() == {
        "notes.txt": "mine",
        "tools/mine/run.py": "mine",
        ".agents/skills/own/SKILL.md": "mine",
        ".claude/settings.json": "mine",
        ".claude/skills": "-> ../.agents/skills",
        "workflows/deep/own.py": "mine",
    }
    assert not (agent.dest / "tools/data").exists()
    assert (agent.dest / "personas").is_dir()  # the sources still have the surface
    gone = {(one["kind"], one["name"]) for one in agent.named("item-removed")}
    assert ("skills", "review") in gone
    assert len(gone) == 8
    assert agent.named("installed")[0]["removed"] == 10


def test_without_sources_nothing_of_ours_stays(node: Node, agent: Agent) -> None:
    serve(node)
    agent.dest.mkdir()
    assert agent.install() == 0
    node.want("acme/base")
    assert node.sync() == 0
    assert agent.install() == 0
    assert agent.tree() == {}
    assert {one["kind"] for one in agent.named("surface-not-configured")} == {
        "tools",
        "workflows",
        "skills",
        "personas",
        "prompt",
    }


def test_directories_that_were_there_before_stay(node: Node, agent: Agent) -> None:
    (agent.dest / "tools/data").mkdir(parents=True)
    serve(node)
    assert agent.install() == 0
    assert agent.tree() == INSTALLED
    node.want()
    assert node.sync() == 0
    assert agent.install() == 0
    assert [*agent.tree()] == ["tools/", "tools/data/"]


def test_only_the_surfaces_that_are_asked_for(node: Node, agent: Agent) -> None:
    serve(node)
    assert agent.install("--surface", "skills", "--surface", "prompt") == 0
    assert [*agent.files()] == [".agents/skills/review/SKILL.md", ".claude/skills", "SYSTEM_PROMPT.md"]
    assert agent.install(OVERLAYS_SURFACE="tools,personas") == 0
    assert {path.partition("/")[0] for path in agent.tree()} == {"tools", "personas"}
    assert agent.install() == 0
    assert agent.tree() == INSTALLED


def test_items_that_change_places_with_directories(node: Node, agent: Agent) -> None:
    base = node.repo("acme/base", {**tool("a/one"), **tool("b"), "personas/p.md": "", "tools/b/x/y": ""})
    node.want("acme/base", sources=(source("acme/base"),))
    for files in (
        {**tool("a"), **tool("b/x"), "personas/p/q": ""},
        {**tool("a/one"), **tool("b"), "personas/p.md": ""},
    ):
        assert node.sync() == 0
        assert agent.install() == 0
        assert agent.reasons() == []
        there = {path for path in agent.files() if path != ".claude/skills"}
        listed = base.git("ls-tree", "-r", "--name-only", "HEAD").splitlines()
        assert there == {*listed}
        base.commit(files, fresh=True)


def test_the_prompt_is_composed_and_goes_when_nobody_has_one(node: Node, agent: Agent) -> None:
    base = node.repo("acme/base", {"PROMPT.md": "\n one\n\n"})
    extra = node.repo("acme/extra", {"PROMPT.md": "\n\n"})
    node.want("acme/base", "acme/extra", sources=(source("acme/base", "prompt"), source("acme/extra", "prompt")))
    prompt = agent.dest / "SYSTEM_PROMPT.md"
    assert (node.sync(), agent.install()) == (0, 0)
    assert prompt.read_bytes() == b" one\n"
    extra.commit({"PROMPT.md": "two"})
    assert (node.sync(), agent.install()) == (0, 0)
    assert prompt.read_bytes() == b" one\n\n---\n\ntwo\n"
    base.commit({"PROMPT.md": None, "x": ""})
    extra.commit({"PROMPT.md": " \n"})
    assert (node.sync(), agent.install()) == (0, 0)
    assert agent.tree() == {}


def test_surfaces_without_items_are_told_apart(node: Node, agent: Agent) -> None:
    node.repo("acme/base", {"tools/readme": "", "x": ""})
    node.want("acme/base", sources=(source("acme/base", "tools", "skills"),))
    assert (node.sync(), agent.install()) == (0, 0)
    told = {(one["event"], one["level"], one["kind"]) for one in agent.events if one["event"].startswith("surface-")}
    assert told == {
        ("surface-empty", "warning", "tools"),
        ("surface-missing", "warning", "skills"),
        ("surface-not-configured", "info", "workflows"),
        ("surface-not-configured", "info", "personas"),
        ("surface-not-configured", "info", "prompt"),
    }
    assert agent.tree() == {
        ".agents/": "755",
        ".agents/skills/": "755",
        ".claude/": "755",
        ".claude/skills": "link -> ../.agents/skills",
        "tools/": "755",
        "tools/readme": "644 ",
    }


def test_what_cannot_be_served_is_an_error_line_and_holds_nothing_back(node: Node, agent: Agent) -> None:
    base = node.repo("acme/base", {".agents/skills/a/SKILL.md": skill("a"), ".agents/skills/b/SKILL.md": skill("b")})
    node.want("acme/base", sources=(source("acme/base", "skills"),))
    assert (node.sync(), agent.install()) == (0, 0)
    base.commit({".agents/skills/a/SKILL.md": skill("other"), ".agents/skills/b/SKILL.md": skill("b", "2")})
    assert (node.sync(), agent.install()) == (0, 0)
    assert [*agent.files()] == [".agents/skills/b/SKILL.md", ".claude/skills"]
    (line,) = agent.named("item-skipped")
    told = {key: line[key] for key in ("level", "kind", "source", "path")}
    assert told == {"level": "error", "kind": "skills", "source": "acme/base", "path": ".agents/skills/a"}
    assert line["reason"].endswith("nothing is served as 'a'")
    assert agent.record()["skipped"] == [{key: line[key] for key in ("kind", "source", "path", "reason")}]


def test_a_subdir_that_is_named_anew_is_other_content(node: Node, agent: Agent) -> None:
    node.repo("acme/base", {"one/a/pyproject.toml": "1", "two/a/pyproject.toml": "2"})
    for subdir, text in (("one", "1"), ("two", "2")):
        node.want("acme/base", sources=({"repo": "acme/base", "tools": subdir},))
        assert (node.sync(), agent.install()) == (0, 0)
        assert agent.files() == {"tools/a/pyproject.toml": text}


def test_after_a_reboot_everything_is_written_anew(node: Node, agent: Agent) -> None:
    serve(node)
    assert agent.install() == 0
    (agent.dest / "tools/lib.py").write_text("")  # what a machine that went down may leave
    record = {**agent.record(), "bootId": "of an earlier boot"}
    (agent.dest / "installed.json").write_text(json.dumps(record))
    assert agent.install() == 0
    assert agent.tree() == INSTALLED


def test_changes_of_the_agent_stay_until_the_item_changes_or_is_gone(node: Node, agent: Agent) -> None:
    serve(node)
    assert agent.install() == 0
    agent.write("tools/search/pyproject.toml", "changed")
    agent.write("tools/search/notes", "added")
    (agent.dest / "tools/lib.py").unlink()
    assert agent.install() == 0
    assert agent.tree() == {
        **INSTALLED,
        "tools/search/pyproject.toml": "644 changed",
        "tools/search/notes": "644 added",
    }
    node.repos["acme/extra"].commit({"x": "another commit"})
    assert (node.sync(), agent.install()) == (0, 0)
    assert agent.tree() == INSTALLED


def test_inside_a_git_work_tree_the_rest_stays_as_it_is(node: Node, agent: Agent) -> None:
    serve(node)
    subprocess.run(["git", "init", "--quiet", agent.dest], check=True, env=environment())
    agent.write("README.md")
    agent.write(".gitignore", "*\n")
    before = {path: text for path, text in agent.tree().items() if path.startswith(".git")}
    assert agent.install() == 0
    assert agent.tree() == {**before, **INSTALLED, "README.md": "644 mine"}


def test_a_destination_in_the_cache_is_refused(node: Node, agent: Agent) -> None:
    serve(node)
    for agent.dest in (node.root, node.root / "acme/base", node.root / "new"):
        assert agent.install() == 1
        assert agent.reasons() == [f"{agent.dest}: is inside the cache {node.root}"]
    (node.folder / "link").symlink_to(node.root)
    agent.dest = node.folder / "link"
    assert agent.install() == 1
    assert not (node.root / "new").exists()


def test_a_cache_in_the_destination_is_refused(node: Node, agent: Agent) -> None:
    serve(node)
    agent.dest.mkdir()
    node.root = node.root.rename(agent.dest / "tools")
    (node.folder / "link").symlink_to(node.root)
    before = stamps(agent.dest)
    for root in (node.root, node.folder / "link"):
        node.root = root
        assert agent.install() == 1
        assert agent.reasons() == [f"{agent.dest}: the cache {root} is inside it"]
    agent.dest = node.folder / "another"
    agent.dest.symlink_to(node.folder / "workspace")
    assert agent.install() == 1
    assert stamps(node.folder / "workspace") == before


def test_paths_of_any_bytes(node: Node, agent: Agent) -> None:
    odd = os.fsdecode(b"tools/a/\xff\n\\u")
    node.repo("acme/base", {**tool("a"), odd: "1", os.fsdecode(b"tools/\xfe.py"): "2"})
    node.want("acme/base", sources=(source("acme/base", "tools"),))
    assert (node.sync(), agent.install()) == (0, 0)
    assert agent.files()[odd] == "1"
    before = stamps(agent.dest)
    assert agent.install() == 0
    assert stamps(agent.dest) == before


def test_large_files(node: Node, agent: Agent) -> None:
    data = bytes(range(256)) * 4096 * 3 + b"end"
    node.repo("acme/base", {**tool("a"), "tools/a/data": data, "tools/a/empty": b""})
    node.want("acme/base", sources=(source("acme/base", "tools"),))
    assert (node.sync(), agent.install()) == (0, 0)
    assert (agent.dest / "tools/a/data").read_bytes() == data
    other = pathlib.Path("/dev/shm") / f"install-{os.getpid()}"  # another file system
    try:
        agent.dest = other
        assert agent.install() == 0
        assert (other / "tools/a/data").read_bytes() == data
    finally:
        subprocess.run(["rm", "-rf", other], check=True)


@pytest.mark.parametrize("wait", ["-1", "-0.5", "nan", "inf", "1e9", "soon", ""])
def test_how_long_to_wait_is_0_or_more_seconds(node: Node, agent: Agent, wait: str) -> None:
    node.want()
    assert node.sync() == 0
    done = run(*agent.args("--wait", "0", f"--wait={wait}"))
    assert done.returncode == 64
    assert done.stderr.endswith(f"argument --wait: {wait!r} is not a number of seconds, 0 or more\n")
    for good in ("0", "0.0", "0.5"):
        assert agent.install("--wait", good) == 0
