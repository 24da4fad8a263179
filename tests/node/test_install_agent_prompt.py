"""The prompt of one agent: what is preloaded stands in it, and only what the agent may have."""

from __future__ import annotations

from tests.support.installs import skill, stamps
from tests.support.shares import Shares, serve


def test_preloaded_skills_are_a_part_of_the_prompt(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["code-*", "pdf"], "preload": ["code-review"], "mountAs": {"skills": "team"}})
    shares.sources[0]["skillsPreload"] = ["pdf"]  # of a copy that another one replaces
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert shares.prompt() == (
        "Be kind.\n\n---\n\nBe brief.\n\n---\n\n"
        "# Active Skills\n\nThese skills are in force from the start; follow their instructions.\n\n"
        "## team-code-review\n\nReview.\n\n## team-pdf\n\nextra\n"
    )
    assert [(one["kind"], one["name"], one["preload"]) for one in shares.record()["items"]] == [
        ("skills", "code-review", True),
        ("skills", "code-style", False),
        ("skills", "pdf", True),
        ("prompt", "acme/base", False),
        ("prompt", "acme/extra", False),
        ("prompt", "team-code-review", True),
        ("prompt", "team-pdf", True),
        ("personas", "brief", False),
        ("personas", "kind", False),
        ("tools", "plot", False),
        ("tools", "search", False),
        ("workflows", "nightly", False),
    ]


def test_the_prompt_follows_what_is_preloaded(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["pdf"], "preload": ["pdf"]})
    assert shares.install("--agent", "a") == 0
    before = stamps(shares.dest)
    assert shares.install("--agent", "a") == 0
    assert stamps(shares.dest) == before
    shares.source("acme/extra", {".agents/skills/pdf/SKILL.md": skill("pdf", "new")})
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert shares.prompt().endswith("## pdf\n\nnew\n")
    shares.agents[0]["preload"] = []
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert shares.prompt() == "Be kind.\n"
    assert shares.skills() == ["pdf"]


def test_a_prompt_may_hold_nothing_but_skills(shares: Shares) -> None:
    files = {".agents/skills/pdf/SKILL.md": skill("pdf", "Read it."), ".agents/skills/x/SKILL.md": skill("x")}
    shares.source("acme/base", files)
    shares.agents = [{"name": "a", "preload": ["x", "pdf"]}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    head = "# Active Skills\n\nThese skills are in force from the start; follow their instructions.\n\n"
    assert shares.prompt() == f"{head}## pdf\n\nRead it.\n\n## x\n"
    only = shares.prompt()
    shares.dest = shares.dest.with_name("another")
    assert shares.install("--agent", "a", "--surface", "prompt") == 0
    assert (shares.prompt(), shares.skills()) == (only, [])


def test_without_an_agent_nothing_is_preloaded(shares: Shares) -> None:
    serve(shares)
    shares.sources[0]["skillsPreload"] = ["pdf"]
    shares.publish()
    assert shares.install() == 0
    assert shares.prompt() == "Be kind.\n\n---\n\nBe brief.\n"
    assert not any(one["preload"] for one in shares.record()["items"])


def test_what_cannot_be_preloaded_is_told(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["code-*"], "preload": ["pdf", "nothing", "code-style"]})
    assert shares.install("--agent", "a") == 0
    assert shares.named("item-skipped") == [
        {"kind": "skills", "source": "", "path": name, "reason": reason}
        for reason in ["is to be preloaded, and is no skill that agent 'a' gets"]
        for name in ("pdf", "nothing")
    ]
    assert shares.prompt().endswith("## code-style\n\nStyle.\n")


def preloads(shares: Shares) -> list[tuple[str, str, bool]]:
    """Of the items in place what is said of preloading, by the log and by the record."""
    said = [(one["kind"], one["name"], one["preload"]) for one in shares.named("item-installed")]
    assert sorted(said) == sorted((one["kind"], one["name"], one["preload"]) for one in shares.record()["items"])
    return [one for one in said if one[0] in ("skills", "prompt")]


def test_a_skill_is_called_preloaded_when_its_text_is_in_the_prompt(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["pdf"], "preload": ["pdf"], "mountAs": {"skills": "x"}})
    parts = [("prompt", "acme/base", False), ("prompt", "acme/extra", False), ("prompt", "x-pdf", True)]
    assert shares.install("--agent", "a") == 0
    assert preloads(shares) == [("skills", "pdf", True), *parts]
    assert shares.install("--agent", "a") == 0
    assert preloads(shares) == [("skills", "pdf", True), *parts]
    assert shares.install("--agent", "a", "--surface", "skills") == 0
    assert preloads(shares) == [("skills", "pdf", False)]
    (shares.dest / "SYSTEM_PROMPT.md").write_text("of others")
    assert shares.install("--agent", "a") == 0
    assert preloads(shares) == [("skills", "pdf", False)]
    (shares.dest / "SYSTEM_PROMPT.md").unlink()
    assert shares.install("--agent", "a") == 0
    assert preloads(shares) == [("skills", "pdf", True), *parts]


def test_a_prompt_that_stays_holds_no_skill_that_is_not_allowed(shares: Shares) -> None:
    serve(shares, {"name": "a", "preload": ["code-style"]})
    assert shares.install("--agent", "a") == 0
    shares.agents = [{"name": "a", "skills": ["pdf"]}]
    shares.publish(lacking=["acme/base"])
    assert shares.install("--agent", "a", "--fallback", "incomplete") == 0
    assert shares.prompt() == "Be brief.\n"
