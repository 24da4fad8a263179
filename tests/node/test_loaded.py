"""What `sync` says of the items of a set, once it is current."""

from __future__ import annotations

import json
from typing import Any

import pytest

from overlays_node import loaded
from overlays_node.loaded import Teller
from overlays_node.sets import current
from overlays_node.volume import Volume
from tests.support.chaos_loop import Loop
from tests.support.git_repo import GitRepo
from tests.support.installs import skill, source
from tests.support.node import Node
from tests.support.program import pass_after

NAMES = ("item-served", "item-skipped", "not-served", "set-served", "items-not-told", "items-more")


def told(node: Node) -> list[dict[str, Any]]:
    """The lines about items, without what differs from run to run."""
    drop = ("time", "seconds", "set", "digest")
    events = node.events()
    found = [one for one in events if one["event"] in NAMES or one["event"].startswith("surface-")]
    if found:
        assert [one["event"] for one in events][-1] == "pass-finished"  # they come before the pass ends
    return [{key: one[key] for key in one if key not in drop} for one in found]


def line(
    repo: str, commit: str, kind: str, name: str, path: str, *shadows: str, preload: bool = False
) -> dict[str, Any]:
    found = {"level": "info", "event": "item-served", "kind": kind, "name": name, "source": repo, "ref": ""}
    return {**found, "commit": commit, "path": path, "shadows": [*shadows], "mount": "", "preload": preload}


def serve(node: Node) -> tuple[str, str]:
    base, extra = source("acme/base", "skills", "tools"), source("acme/extra", "skills", "workflows")
    files = {".agents/skills/pdf/SKILL.md": skill("pdf"), ".agents/skills/x/SKILL.md": skill("x"), "tools/README": ""}
    node.repo("acme/base", files)
    node.repo("acme/extra", {".agents/skills/pdf/SKILL.md": skill("pdf"), ".agents/skills/bad/SKILL.md": "bad"})
    node.want("acme/base", "acme/extra", sources=(base, {**extra, "workflows": "flows"}))
    document = json.loads(node.manifest.read_text())
    document["sources"][0]["skillsPreload"] = ["pdf"]
    node.put_manifest(document)
    assert node.sync() == 0
    return node.of("acme/base")["commit"], node.of("acme/extra")["commit"]


def test_every_item_has_a_line_and_the_set_a_summary(node: Node) -> None:
    base, extra = serve(node)
    assert told(node) == [
        line("acme/extra", extra, "skills", "pdf", ".agents/skills/pdf", "acme/base", preload=True),
        line("acme/base", base, "skills", "x", ".agents/skills/x"),
        *(
            {
                "level": "info",
                "event": "surface-not-configured",
                "kind": kind,
                "reason": f"no source of this set has {kind}",
            }
            for kind in ("personas", "prompt")
        ),
        {
            "level": "warning",
            "event": "surface-empty",
            "kind": "tools",
            "reason": "no item of tools is where the sources say they are",
        },
        {
            "level": "warning",
            "event": "surface-missing",
            "kind": "workflows",
            "reason": "nothing is where the sources say workflows are",
        },
        {
            "level": "warning",
            "event": "not-served",
            "kind": "workflows",
            "source": "acme/extra",
            "path": "flows",
            "reason": "flows is no folder of acme/extra",
        },
        {
            "level": "error",
            "event": "item-skipped",
            "kind": "skills",
            "source": "acme/extra",
            "path": ".agents/skills/bad",
            "reason": "SKILL.md does not begin with a line ---; nothing is served as 'bad'",
        },
        {
            "level": "info",
            "event": "set-served",
            "complete": True,
            "sources": 2,
            "items": 2,
            "shadowed": 1,
            "skipped": 1,
        },
    ]


def test_a_pass_without_change_says_nothing_and_one_with_a_change_only_what_is_other(node: Node) -> None:
    repo = GitRepo(node.server.root / "acme/two.git")
    repo.commit({".agents/skills/a/SKILL.md": skill("a")})
    node.repo("acme/one", {".agents/skills/x/SKILL.md": skill("x"), ".agents/skills/y/SKILL.md": skill("y")})
    node.want("acme/one", "acme/two", sources=(source("acme/one", "skills"), source("acme/two", "skills")))
    with Loop(node, interval=3600) as loop:
        loop.wait_for("pass-finished", ready=True)
        assert [one["name"] for one in loop.named("item-served")] == ["a", "x", "y"]
        seen = len(loop.events)
        pass_after(loop)
        assert {one["event"] for one in loop.events[seen:]} == {"pass-finished"}
        repo.commit({".agents/skills/b/SKILL.md": skill("b")})
        pass_after(loop)
        served = [one for one in loop.events[seen:] if one["event"] == "item-served"]
        assert [(one["name"], one["commit"]) for one in served] == [
            (name, repo.refs()["refs/heads/main"]) for name in ("a", "b")
        ]
        assert [one["items"] for one in loop.named("set-served")] == [3, 4]


def test_what_would_cost_too_much_is_not_looked_at(
    node: Node, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(node)
    node.events()
    volume = Volume(node.root)
    shown = current(volume)
    assert shown is not None
    teller = Teller(volume)
    teller.tell(shown, loaded.MOST_FILES + 1)
    (only,) = told_of(capsys)
    assert (only["event"], only["reason"]) == ("items-not-told", "its repositories have more than 200,000 files")
    monkeypatch.setattr(loaded, "MOST_TOLD", 2)
    Teller(volume).tell(shown, 5)
    assert [(one["event"], one.get("lines")) for one in told_of(capsys)] == [
        ("item-served", None),
        ("item-served", None),
        ("items-more", 6),
        ("set-served", None),
    ]
    volume.discard(volume.trees / "acme%2Fbase")
    Teller(volume).tell(shown, 5)
    (only,) = told_of(capsys)
    assert only["event"] == "items-not-told"
    assert only["reason"].endswith("the files of acme/base are gone")


def told_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(one) for one in capsys.readouterr().err.splitlines()]
