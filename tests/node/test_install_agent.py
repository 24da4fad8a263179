"""`install --agent`: a directory holds one agent's share, and nothing else."""

from __future__ import annotations

import fnmatch
import json
import pathlib
import subprocess
import sys
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.installs import skill, stamps, tool
from tests.support.program import environment
from tests.support.shares import Shares, serve


def test_an_agent_gets_its_share_and_nothing_else(shares: Shares) -> None:
    serve(
        shares,
        {
            "name": "reviewer",
            "skills": ["code-*", "pdf"],
            "tools": ["plot"],
            "workflows": [],
            "personas": ["kind"],
            "systemPrompt": False,
        },
    )
    assert shares.install("--agent", "reviewer") == 0
    assert shares.tree() == {
        ".agents/": "755",
        ".agents/skills/": "755",
        ".agents/skills/code-review/": "755",
        ".agents/skills/code-review/SKILL.md": "644 ---\nname: code-review\n---\n\nReview.\n\n",
        ".agents/skills/code-style/": "755",
        ".agents/skills/code-style/SKILL.md": "644 ---\nname: code-style\n---\nStyle.",
        ".agents/skills/pdf/": "755",
        ".agents/skills/pdf/SKILL.md": "644 ---\nname: pdf\n---\nextra",
        ".claude/": "755",
        ".claude/skills": "link -> ../.agents/skills",
        "personas/": "755",
        "personas/kind.md": "644 ---\nskills: [pdf]\n---\nBe kind.",
        "tools/": "755",
        "tools/data/": "755",
        "tools/data/plot/": "755",
        "tools/data/plot/pyproject.toml": "644 ",
        "tools/data/plot/run.py": "644 base",
        "tools/lib.py": "644 base",
    }
    assert shares.reasons("warning") == shares.reasons() == []


def test_an_agent_without_lists_gets_what_everybody_gets(shares: Shares) -> None:
    serve(shares, {"name": "all"})
    assert shares.install() == 0
    every = shares.tree()
    assert shares.record()["agent"] is None
    shares.dest = shares.dest.with_name("another")
    assert shares.install("--agent", "all") == 0
    assert shares.tree() == every
    assert shares.record()["agent"] == "all"


def test_empty_lists_give_nothing_and_say_nothing(shares: Shares) -> None:
    serve(shares, {"name": "none", "skills": [], "tools": [], "workflows": [], "personas": [], "systemPrompt": False})
    assert shares.install("--agent", "none") == 0
    assert shares.tree() == {}
    assert [one["event"] for one in shares.events] == ["installed"]


def test_the_variable_does_the_same_as_the_flag(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["pdf"]})
    assert shares.install(OVERLAYS_AGENT="a") == 0
    assert shares.skills() == ["pdf"]


@pytest.mark.parametrize(("known", "told"), [([], "none"), (["b", "a"], "b, a")])
def test_an_unknown_agent_is_an_error_that_names_the_known_ones(shares: Shares, known: list[str], told: str) -> None:
    serve(shares, *({"name": name} for name in known))
    assert shares.install("--agent", "x", "--wait", "300") == 1
    assert [one["event"] for one in shares.events] == ["failed"]  # it did not wait
    assert shares.reasons() == [f"there is no agent 'x' in the manifest; its agents: {told}"]
    assert shares.tree() == {}


def test_it_is_the_same_as_a_process(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["pdf"], "tools": []})
    command = [sys.executable, "-m", "overlays_node", *shares.args()]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment(OVERLAYS_AGENT="a"))
    assert (done.returncode, shares.skills(), (shares.dest / "tools").exists()) == (0, ["pdf"], False)


def test_skills_are_mounted_under_another_name(shares: Shares) -> None:
    body = "description: x\n---\nname: pdf\n"
    shares.source(
        "acme/base",
        {
            ".agents/skills/pdf/SKILL.md": f'---\r\nname:  "pdf"   # mine\r\n{body}',
            ".agents/skills/pdf/name.md": "name: pdf",
            ".agents/skills/code/SKILL.md": f"---\n#name: no\nname: code\n{body}",
            ".agents/skills/team-code/x.md": "loose",
            "tools/pdf/pyproject.toml": "",
        },
    )
    shares.agents = [{"name": "a", "mountAs": {"skills": "team"}}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert shares.tree() == {
        ".agents/": "755",
        ".agents/skills/": "755",
        ".agents/skills/team-code/": "755",
        ".agents/skills/team-code/SKILL.md": f"644 ---\n#name: no\nname: team-code\n{body}",
        ".agents/skills/team-pdf/": "755",
        ".agents/skills/team-pdf/SKILL.md": f'644 ---\nname:  "team-pdf"   # mine\n{body}',
        ".agents/skills/team-pdf/name.md": "644 name: pdf",
        ".claude/": "755",
        ".claude/skills": "link -> ../.agents/skills",
        "personas/": "755",
        "tools/": "755",
        "tools/pdf/": "755",
        "tools/pdf/pyproject.toml": "644 ",
        "workflows/": "755",
    }
    copy = (shares.dest / ".agents/skills/team-pdf/SKILL.md").read_bytes()
    assert copy == f'---\r\nname:  "team-pdf"   # mine\r\n{body}'.encode()
    assert [(one["name"], one["place"], one["mount"]) for one in shares.record()["items"]] == [
        ("code", ".agents/skills/team-code", "team"),
        ("pdf", ".agents/skills/team-pdf", "team"),
        ("pdf", "tools/pdf", ""),
    ]
    before = stamps(shares.dest)
    assert shares.install("--agent", "a") == 0
    assert stamps(shares.dest) == before


def test_a_name_that_gets_too_long_is_left_out_with_an_error(shares: Shares) -> None:
    long = "s" * 60
    files = {f".agents/skills/{name}/SKILL.md": skill(name, "x") for name in (long, "pdf")}
    shares.source("acme/base", files, skillsPreload=[long])
    shares.agents = [{"name": "a", "mountAs": {"skills": "team"}}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert shares.skills() == ["team-pdf"]
    reason = f"it would be delivered as {f'team-{long}'!r}: 65 characters, 64 is the most"
    left_out = {"kind": "skills", "source": "acme/base", "path": f".agents/skills/{long}", "reason": reason}
    assert shares.named("item-skipped") == shares.record()["skipped"] == [left_out]
    assert not (shares.dest / "SYSTEM_PROMPT.md").exists()


def test_a_skill_whose_name_cannot_be_changed_is_left_out_with_an_error(shares: Shares) -> None:
    shares.source("acme/base", {".agents/skills/pdf/SKILL.md": '---\nname: pdf\n"name": pdf\n---\n'}, prompt=None)
    shares.agents = [{"name": "a", "mountAs": {"skills": "team"}, "preload": ["pdf"]}, {"name": "b"}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    why = "it cannot be delivered as 'team-pdf': line 3 of SKILL.md may be read as a second name"
    skipped = {"kind": "skills", "source": "acme/base", "path": ".agents/skills/pdf", "reason": why}
    assert shares.named("item-skipped") == shares.record()["skipped"] == [skipped]
    assert shares.names() == [".claude/skills"]
    assert shares.install("--agent", "b") == 0
    assert shares.skills() == ["pdf"]


def test_another_agent_or_another_list_takes_away_what_is_no_longer_allowed(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["code-*"]}, {"name": "b", "skills": ["pdf"], "mountAs": {"skills": "x"}})
    assert shares.install() == 0
    (shares.dest / ".agents/skills/mine").mkdir()
    for agent, skills in [("a", ["code-review", "code-style"]), ("b", ["x-pdf"]), ("a", ["code-review", "code-style"])]:
        assert shares.install("--agent", agent) == 0
        assert shares.skills() == sorted([*skills, "mine"])
    shares.agents[0]["skills"] = ["code-style"]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert shares.skills() == ["code-style", "mine"]
    assert [(one["name"], one["place"]) for one in shares.named("item-removed")] == [
        ("code-review", ".agents/skills/code-review")
    ]
    shares.agents[0] = {"name": "a", "skills": [], "systemPrompt": False}
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert shares.skills() == ["mine"]
    assert not (shares.dest / "SYSTEM_PROMPT.md").exists()


def test_the_list_of_its_persona_holds(shares: Shares) -> None:
    serve(shares, {"name": "a", "persona": "kind"}, {"name": "b", "persona": "brief"})
    assert shares.install("--agent", "a", "--surface", "skills") == 0
    assert shares.names() == [".agents/skills/pdf/SKILL.md", ".claude/skills"]
    assert shares.install("--agent", "b") == 0
    assert shares.skills() == ["README.md", "_draft", "code-review", "code-style", "pdf"]


@pytest.mark.parametrize(
    ("persona", "text", "reason"),
    [
        ("none", "", "persona 'none': no source serves one of that name; it gets no skill"),
        (
            "kind",
            "---\nskills: pdf\n---\n",
            "persona 'kind': line 2: skills is no plain list of texts on one line, such as [code-review, \"pdf-*\"]; "
            "it gets no skill",
        ),
    ],
)
def test_a_persona_that_cannot_be_relied_on_gives_no_skill(
    shares: Shares, persona: str, text: str, reason: str
) -> None:
    shares.source("acme/base", {"personas/kind.md": text, ".agents/skills/pdf/SKILL.md": skill("pdf")})
    shares.agents = [{"name": "a", "persona": persona}]
    shares.publish()
    assert shares.install() == 0
    assert shares.skills() == ["pdf"]
    assert shares.install("--agent", "a") == 0
    assert shares.skills() == []
    assert (
        shares.named("item-skipped")
        == shares.record()["skipped"]
        == [{"kind": "personas", "source": "", "path": persona, "reason": reason}]
    )


def test_no_list_brings_an_older_copy_back(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["pdf"]})
    shares.source("acme/extra", {".agents/skills/pdf/SKILL.md": "broken", ".agents/skills/secret/SKILL.md": "broken"})
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert shares.skills() == []
    assert shares.reasons() == [
        "SKILL.md does not begin with a line ---; nothing is served as 'pdf', nor is the copy of 1 earlier sources"
    ]


def test_nothing_in_the_directory_names_what_is_hidden(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["pdf"], "tools": ["plot"], "workflows": ["x"], "personas": ["kind"]})
    shares.source(
        "acme/extra",
        {
            ".agents/skills/secret/SKILL.md": "broken",
            "tools/secret/pyproject.toml": "",
            "tools/z/secret/pyproject.toml": "",
            "workflows/secret.py": "WORKFLOW_NAME = 1\n",
            "personas/secret": "",
            "personas/secret.md": "",
        },
    )
    shares.publish()
    assert shares.install("--agent", "a") == 0
    found = [path.read_bytes() for path in shares.dest.rglob("*") if path.is_file()]
    assert found
    assert not any(b"secret" in data for data in found)


def test_what_is_in_the_way_is_not_named_when_it_is_hidden(shares: Shares) -> None:
    files = {"tools/group/git-x/pyproject.toml": "", "tools/lib/util.py": "x", "tools/more/git-y/pyproject.toml": ""}
    shares.source("acme/base", files)
    hidden = {"tools/group/pyproject.toml": "", "tools/lib/pyproject.toml": "", "tools/more/pyproject.toml": ""}
    shares.source("acme/team", hidden)
    shares.agents = [{"name": "a", "tools": ["git-*", "more"]}, {"name": "all"}]
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert shares.reasons() == [
        "'git-x' is not served: its place is taken",
        "'git-y' is not served: source 2 needs the path more",
    ]
    assert [one["path"] for one in shares.record()["skipped"]] == ["tools", "tools/more/git-y"]
    assert shares.named("item-skipped") == shares.record()["skipped"]
    assert "group" not in (shares.dest / "installed.json").read_text()
    assert shares.install("--agent", "all") == 0
    assert shares.reasons() == [
        "'git-x' is not served: source 2 needs the path group",
        "'git-y' is not served: source 2 needs the path more",
    ]


def test_lists_hold_for_the_set_of_another_manifest(shares: Shares) -> None:
    serve(shares, {"name": "a"})
    assert shares.install("--agent", "a") == 0
    shares.agents = [{"name": "a", "skills": ["code-*"], "tools": [], "systemPrompt": False}]
    shares.publish(current=False)
    assert shares.install("--agent", "a") == 1
    assert shares.install("--agent", "a", "--fallback", "previous") == 0
    assert shares.record()["fallback"] == "previous"
    assert shares.skills() == ["code-review", "code-style"]
    assert not (shares.dest / "tools").exists()
    assert not (shares.dest / "SYSTEM_PROMPT.md").exists()


def test_a_list_that_became_shorter_holds_while_its_set_is_waited_for(shares: Shares) -> None:
    serve(shares, {"name": "a", "preload": ["pdf"]})
    assert shares.install("--agent", "a") == 0
    shares.agents = [{"name": "a", "skills": ["code-*"], "tools": ["plot"], "personas": []}]
    shares.publish(current=False)
    assert shares.install("--agent", "a") == 1
    there = [
        ".agents/skills/code-review/SKILL.md",
        ".agents/skills/code-style/SKILL.md",
        ".claude/skills",
        "tools/data/plot/pyproject.toml",
        "tools/data/plot/run.py",
        "tools/lib.py",
        "workflows/lib.py",
        "workflows/nightly.py",
    ]
    assert shares.names() == there
    assert [one["name"] for one in shares.record()["items"]] == ["code-review", "code-style", "plot", "nightly"]
    assert [one["name"] for one in shares.named("item-removed")] == [
        *("pdf", "acme/base", "acme/extra", "pdf", "brief", "kind", "search")
    ]
    before = stamps(shares.dest)
    assert shares.install("--agent", "a") == 1
    assert stamps(shares.dest) == before
    shares.publish()
    assert shares.install("--agent", "a") == 0
    assert shares.names() == sorted([*there, "SYSTEM_PROMPT.md"])


def test_lists_hold_for_what_stays_of_a_source_that_is_lacking(shares: Shares) -> None:
    agent = {"name": "a", "preload": ["code-style"]}
    serve(shares, agent)
    assert shares.install("--agent", "a") == 0
    everything = shares.tree()
    assert "code-style" in shares.prompt()
    shares.sources = shares.sources[::-1]
    shares.publish(lacking=["acme/base"])
    assert shares.install("--agent", "a", "--fallback", "incomplete") == 0
    assert shares.tree() == everything
    kept = [one for one in shares.named("item-installed") if one["change"] == "kept"]
    assert {one["source"] for one in kept} == {"acme/base", "acme/extra"}  # the prompt is of both
    shares.agents = [{**agent, "skills": ["code-*"], "preload": [], "tools": ["plot"], "personas": []}]
    shares.publish(lacking=["acme/base"])
    assert shares.install("--agent", "a", "--fallback", "incomplete") == 0
    assert shares.names() == [
        ".agents/skills/code-review/SKILL.md",
        ".agents/skills/code-style/SKILL.md",
        ".claude/skills",
        "SYSTEM_PROMPT.md",
        "tools/data/plot/pyproject.toml",
        "tools/data/plot/run.py",
        "tools/lib.py",
        "workflows/lib.py",
        "workflows/nightly.py",
    ]
    shares.agents = [{"name": "a", "skills": ["code-style"], "mountAs": {"skills": "x"}, "systemPrompt": False}]
    shares.publish(lacking=["acme/base"])
    assert shares.install("--agent", "a", "--fallback", "incomplete") == 0
    assert shares.skills() == []
    assert not (shares.dest / "SYSTEM_PROMPT.md").exists()


def test_what_the_program_without_agents_installed_is_still_ours(shares: Shares) -> None:
    serve(shares, {"name": "a", "skills": ["pdf"], "tools": []})
    assert shares.install() == 0
    record = shares.record()
    del record["agent"]
    for one in record["items"]:
        del one["mount"], one["preload"]
    (shares.dest / "installed.json").write_text(json.dumps(record))
    before = {path: one for path, one in stamps(shares.dest).items() if "/.agents/" in path}
    assert shares.install() == 0
    assert {path: one for path, one in stamps(shares.dest).items() if "/.agents/" in path} == before
    assert {one["change"] for one in shares.named("item-installed")} == {"unchanged"}
    (shares.dest / "installed.json").write_text(json.dumps(record))
    assert shares.install("--agent", "a") == 0
    assert (shares.skills(), (shares.dest / "tools").exists()) == (["pdf"], False)
    assert shares.reasons() == []


NAMES = st.lists(st.from_regex(r"\A[a-c]{1,2}(-[a-c])?\Z"), max_size=6, unique=True)
PATTERNS = st.none() | st.lists(st.text("abc-*?[]!", max_size=4), max_size=4)


@settings(max_examples=25, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=3), PATTERNS, PATTERNS)
def test_what_is_installed_is_what_an_independent_filter_leaves(
    sources: list[list[str]], skills: list[str] | None, tools: list[str] | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shares = Shares(pathlib.Path(folder))
        for at, names in enumerate(sources):
            files = {f".agents/skills/{name}/SKILL.md": skill(name, str(at)) for name in names}
            tools_too = {path: text for name in names for path, text in tool(name, str(at)).items()}
            shares.source(f"acme/{at}", {**files, **tools_too, "x": str(at)})
        lists = {"skills": skills, "tools": tools}
        shares.agents = [{"name": "a", **{key: value for key, value in lists.items() if value is not None}}]
        shares.publish()
        assert shares.install("--agent", "a") == 0
        winners = {name: at for at, names in enumerate(sources) for name in names}
        for surface, patterns, file in (("skills", skills, "SKILL.md"), ("tools", tools, "run.py")):
            wanted = [one for one in winners if patterns is None or any(fnmatch.fnmatchcase(one, p) for p in patterns)]
            top = shares.dest / {"skills": ".agents/skills", "tools": "tools"}[surface]
            assert sorted(path.name for path in (top.iterdir() if top.exists() else ())) == sorted(wanted)
            for name in wanted:
                assert (top / name / file).read_text().endswith(str(winners[name]))
