"""Links of a repository bring an agent nothing that its lists keep away."""

from __future__ import annotations

import pytest

from tests.support.installs import skill, stamps, tool
from tests.support.shares import Shares

REASON = "a link to what the agent does not get"
SECRET = "nobody may know it"
AGENT = {"name": "a", "skills": ["pdf"], "tools": ["git-*"], "workflows": ["ok"], "personas": ["kind*"]}


def serve(shares: Shares, links: dict[str, str], agent: dict[str, object] | None = None, **more: str | None) -> None:
    """One source that has hidden items on every surface, and these links."""
    files = {
        ".agents/skills/pdf/SKILL.md": skill("pdf"),
        ".agents/skills/pdf/guide.md": "A guide.",
        ".agents/skills/secret/SKILL.md": skill("secret", SECRET),
        **tool("git-log"),
        **tool("sec", SECRET),
        "workflows/ok.py": 'WORKFLOW_NAME = "ok"\n',
        "workflows/sec.py": f'WORKFLOW_NAME = "sec"\nX = "{SECRET}"\n',
        "personas/kind.md": "Be kind.",
        "personas/other.md": SECRET,
        "shared/note.md": "For all.",
        "PROMPT.md": "Be brief.",
    }
    shares.source("acme/base", files, links=links, **more)
    shares.agents = [{**AGENT, **(agent or {})}]
    shares.publish()


def texts(shares: Shares) -> str:
    """All that is in the agent's directory, names and bytes."""
    found = [path for path in shares.dest.rglob("*") if path.is_file()]
    return "\n".join(f"{path}\n{path.read_text()}" for path in found)


def left(shares: Shares) -> list[str]:
    """The links that are reported."""
    found = shares.named("left-out")
    assert {(one["repository"], one["reason"], one["commit"]) for one in found} <= {
        ("acme/base", REASON, shares.commits["acme/base"])
    }
    return [one["path"] for one in found]


@pytest.mark.parametrize(
    "link",
    [
        ("tools/lib", "../.agents/skills"),
        ("tools/lib", "../.agents"),
        ("tools/lib", "../workflows"),
        ("tools/lib/deep/wf.py", "../../../workflows/sec.py"),
        ("workflows/t", "../tools/sec"),
        ("workflows/t", "../tools/sec/run.py"),
        ("workflows/pp", "../personas"),
        ("workflows/note.txt", "sec.py"),
        ("workflows/note.txt", "../tools/lib-link/run.py"),
        (".agents/skills/pdf/ref", "../secret"),
        (".agents/skills/pdf/ref.md", "../secret/SKILL.md"),
        (".agents/skills/pdf/deep/ref", "../../.."),
        (".agents/skills/pdf/deep/ref", "../../../../tools/lib-link"),
        ("tools/git-log/ref", "../../personas/other.md"),
        ("tools/git-alias", "sec"),
        ("personas/kindly", "../.agents/skills/secret"),
    ],
)
def test_a_link_brings_nothing_that_is_hidden(shares: Shares, link: tuple[str, str]) -> None:
    path, target = link
    links = {path: target, **({"tools/lib-link": "sec"} if "lib-link" in target else {})}
    serve(shares, links)
    assert shares.install("--agent", "a") == 0
    assert SECRET not in texts(shares)
    assert path in left(shares)
    assert "secret" not in texts(shares)
    assert "guide.md" in texts(shares)
    assert shares.reasons() == []
    before = stamps(shares.dest)
    assert shares.install("--agent", "a") == 0
    assert stamps(shares.dest) == before


def test_links_inside_what_links_lead_to_bring_nothing_either(shares: Shares) -> None:
    serve(shares, {".agents/skills/pdf/ref": "../../../shared", "shared/more": "../tools/sec"})
    assert shares.install("--agent", "a") == 0
    assert ".agents/skills/pdf/ref/note.md" in shares.names()
    assert SECRET not in texts(shares)
    assert left(shares) == ["shared/more"]


def test_other_links_bring_what_they_did(shares: Shares) -> None:
    links = {
        ".agents/skills/pdf/ref": "../../../shared",
        ".agents/skills/pdf/own.md": "guide.md",
        "tools/note.md": "../shared/note.md",
        "tools/docs": "../shared",
        "workflows/log": "../tools/git-log",
    }
    serve(shares, links)
    assert shares.install("--agent", "a") == 0
    assert [path for path in shares.names() if "SKILL" not in path] == [
        ".agents/skills/pdf/guide.md",
        ".agents/skills/pdf/own.md",
        ".agents/skills/pdf/ref/note.md",
        ".claude/skills",
        "SYSTEM_PROMPT.md",
        "personas/kind.md",
        "tools/docs/note.md",
        "tools/git-log/pyproject.toml",
        "tools/git-log/run.py",
        "tools/note.md",
        "workflows/log/pyproject.toml",
        "workflows/log/run.py",
        "workflows/ok.py",
    ]
    assert left(shares) == []


def test_surfaces_that_it_has_nothing_of_count_too(shares: Shares) -> None:
    links = {"tools/lib": "../.agents/skills", "tools/p.md": "../PROMPT.md", "tools/wf": "../workflows"}
    agent = {"skills": [], "workflows": [], "personas": [], "systemPrompt": False}
    serve(shares, links, agent)
    assert shares.install("--agent", "a") == 0
    assert shares.names() == ["tools/git-log/pyproject.toml", "tools/git-log/run.py"]
    assert left(shares) == ["tools/lib", "tools/p.md", "tools/wf"]


def test_a_prompt_and_preloaded_skills_are_no_links_to_what_is_hidden(shares: Shares) -> None:
    serve(shares, {"P.md": ".agents/skills/secret/SKILL.md", "tools/sec/md/x": "y"}, prompt="P.md")
    assert shares.install("--agent", "a") == 0
    assert "SYSTEM_PROMPT.md" not in shares.names()
    assert left(shares) == ["P.md"]
    links = {".agents/skills/ref": "../../tools/sec/ref", "tools/sec/ref/x": "../run.py"}
    serve(shares, links, {"skills": ["ref"], "preload": ["ref"]})
    file = shares.volume.tree("acme%2Fbase", shares.commits["acme/base"]) / "tools/sec/ref/SKILL.md"
    file.write_text(skill("ref", SECRET))
    assert shares.install("--agent", "a") == 0
    assert SECRET not in texts(shares)
    assert shares.skills() == []


def test_a_copy_that_another_source_hides_is_hidden_too(shares: Shares) -> None:
    shares.source("acme/late", {".agents/skills/secret/SKILL.md": skill("secret", "late")})
    serve(shares, {".agents/skills/pdf/ref": "../secret"})
    shares.sources.reverse()
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert SECRET not in texts(shares)


def test_every_source_of_the_same_files_counts(shares: Shares) -> None:
    serve(shares, {"tools/lib": "../team/skills"}, skills=None)
    tree = shares.volume.tree("acme%2Fbase", shares.commits["acme/base"])
    (tree / "team/skills/secret").mkdir(parents=True)
    (tree / "team/skills/secret/SKILL.md").write_text(skill("secret", SECRET))
    assert shares.install("--agent", "a") == 0
    assert SECRET in texts(shares)  # nobody says that these are skills
    shares.sources.append({"repo": "acme/base", "skills": "team/skills"})
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert SECRET not in texts(shares)


def test_a_list_that_became_shorter_takes_away_what_links_brought(shares: Shares) -> None:
    links = {"tools/git-log/ref": "../../.agents/skills/secret", "tools/lib": "../.agents/skills"}
    serve(shares, links, {"skills": None})
    assert shares.install("--agent", "a") == 0
    assert "tools/git-log/ref/SKILL.md" in shares.names()
    shares.agents = [AGENT]
    shares.publish(current=False)
    assert shares.install("--agent", "a") == 1  # it waits
    assert not any(path.startswith("tools/git-log") for path in shares.names())
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert "tools/git-log/run.py" in shares.names()
    assert SECRET not in texts(shares)
    shares.agents = [{**AGENT, "skills": None}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert "tools/git-log/ref/SKILL.md" in shares.names()
    shares.agents = [AGENT]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert "tools/git-log/run.py" in shares.names()
    assert SECRET not in texts(shares)


def test_what_stays_of_a_lacking_source_is_not_what_links_brought_by_other_lists(shares: Shares) -> None:
    serve(shares, {"tools/git-log/ref": "../../.agents/skills/secret"}, {"skills": None})
    assert shares.install("--agent", "a") == 0
    shares.agents = [AGENT]
    shares.publish(lacking=["acme/base"])
    assert shares.install("--agent", "a", "--fallback", "incomplete") == 0
    assert SECRET not in texts(shares)
    assert "guide.md" in texts(shares)


def test_surfaces_that_lie_in_one_another_hide_without_a_link(shares: Shares) -> None:
    serve(shares, {"team": ".agents"}, {"tools": None, "systemPrompt": False}, tools="team", prompt="team/P.md")
    tree = shares.volume.tree("acme%2Fbase", shares.commits["acme/base"])
    (tree / ".agents/P.md").write_text(SECRET)
    (tree / ".agents/lib.py").write_text("for all")
    assert shares.install("--agent", "a") == 0
    assert SECRET not in texts(shares)
    assert "tools/lib.py" in shares.names()
    assert "tools/skills/pdf/guide.md" in shares.names()


def test_without_lists_and_without_an_agent_links_bring_everything(shares: Shares) -> None:
    serve(shares, {"tools/lib": "../.agents/skills"})
    shares.agents = [{"name": "a"}]
    shares.publish()
    for args in ((), ("--agent", "a")):
        assert shares.install(*args) == 0
        assert "tools/lib/secret/SKILL.md" in shares.names()
        assert left(shares) == []
