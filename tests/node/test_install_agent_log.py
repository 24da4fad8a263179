"""What an installation for one agent says: of every item, of lists, and of what is not there."""

from __future__ import annotations

from tests.support.shares import Shares, serve


def line(shares: Shares, kind: str, name: str, source: str, path: str, place: str, *shadows: str) -> dict[str, object]:
    """What the log says of an item that was not there."""
    found = {"change": "installed", "kind": kind, "name": name, "source": source, "ref": "", "path": path}
    commit = shares.commits[source]
    return {**found, "commit": commit, "place": place, "shadows": [*shadows], "mount": "", "preload": False}


def test_every_item_in_place_has_a_line_with_all_keys(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["pdf", "code-style"], "tools": [], "workflows": [], "personas": []})
    assert shares.install("--agent", "a") == 0
    style, pdf = ".agents/skills/code-style", ".agents/skills/pdf"
    lines = [
        line(shares, "skills", "code-style", "acme/base", style, style),
        line(shares, "skills", "pdf", "acme/extra", pdf, pdf, "acme/base"),
        line(shares, "prompt", "acme/base", "acme/base", "PROMPT.md", "SYSTEM_PROMPT.md"),
        line(shares, "prompt", "acme/extra", "acme/extra", "PROMPT.md", "SYSTEM_PROMPT.md"),
    ]
    assert shares.named("item-installed") == lines
    assert shares.install("--agent", "a") == 0
    assert shares.named("item-installed") == [{**one, "change": "unchanged"} for one in lines]
    (summary,) = shares.named("installed")
    del summary["seconds"]
    record = shares.record()
    assert summary == {
        "agent": "a",
        "set": record["set"],
        "digest": record["manifestDigest"],
        "complete": True,
        "fallback": None,
        "sources": 2,
        "items": 4,
        "loose": 0,
        "installed": 0,
        "unchanged": 4,
        "kept": 0,
        "removed": 0,
        "shadowed": 1,
        "skipped": 0,
    }


def test_not_configured_missing_and_empty_are_three_messages(shares: Shares) -> None:
    shares.source("acme/base", {"skills/README.md": "x", "tools/lib.py": "x"}, skills="skills", workflows="w")
    del shares.sources[0]["personas"], shares.sources[0]["prompt"]
    shares.publish()
    assert shares.install() == 0
    said = {(one["event"], one["level"], one["kind"], one["reason"]) for one in shares.events if "kind" in one}
    assert {one for one in said if one[0].startswith("surface-")} == {
        ("surface-not-configured", "info", "personas", "no source of this set has personas"),
        ("surface-not-configured", "info", "prompt", "no source of this set has prompt"),
        ("surface-empty", "warning", "skills", "no item of skills is where the sources say they are"),
        ("surface-empty", "warning", "tools", "no item of tools is where the sources say they are"),
        ("surface-missing", "warning", "workflows", "nothing is where the sources say workflows are"),
    }


def test_patterns_that_match_nothing_are_told_in_one_line_for_each_list(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["ads-bd", "pdf", "x\n## y"], "tools": ["nothing"]})
    assert shares.install("--agent", "a") == 0
    assert shares.named("patterns-unmatched") == [
        {
            "reason": "The list of tools matched no installed tool for pattern(s): 'nothing'",
            "agent": "a",
            "kind": "tools",
            "patterns": ["nothing"],
        },
        {
            "reason": "Skill-catalog filter matched no installed skill for pattern(s): 'ads-bd', 'x\\n## y'",
            "agent": "a",
            "kind": "skills",
            "patterns": ["ads-bd", "x\n## y"],
        },
    ]
    assert shares.named("surface-empty") == [{"kind": "tools", "reason": "of 2 tools the agent gets none"}]
