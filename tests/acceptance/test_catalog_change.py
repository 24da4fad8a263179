"""`overlays catalog --check` and `--diff`: what changed for an agent, and why."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.agents import INSTRUCTION, ONE, TWO, Agents, skill, three
from tests.support.here import overlays_here
from tests.support.overlays import Ran, overlays


def test_a_check_that_holds_and_one_that_does_not(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["code-*", "pdf"]})
    common = ("--agent", "one")
    assert listed.run(*common, "-o", "@one.txt").code == 0
    assert listed.run(*common, "--check", "@one.txt").code == 0
    listed.has(skill("code-audit", "Audits code."), skill("pdf", "Reads scanned ones, too."), commit=TWO)
    (tmp_path / "checkouts/acme/base/.agents/skills/code-review/SKILL.md").unlink()
    ran = listed.run(*common, "--check", "@one.txt")
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.told.partition("--- one.txt")[2] == (
        "\n+++ rendered\n@@ -2,5 +2,5 @@\n \n"
        f" {INSTRUCTION}\n \n"
        "-- **code-review**: Reviews a change.\n-- **pdf**: Reads PDF files.\n"
        "+- **code-audit**: Audits code.\n+- **pdf**: Reads scanned ones, too.\n"
        "\n"
        "agent one: 1 skill gained, 1 skill lost\n"
        f"  + code-audit: 'code-*' matches it; from acme/base@main at {TWO[:12]}, .agents/skills/code-audit\n"
        "  - code-review: no source serves it any more\n"
        "skill pdf: its description is another one (seen by one)\n"
        "  - Reads PDF files.\n"
        "  + Reads scanned ones, too.\n"
        "  hint: if this is meant, write the file anew with -o; if not, narrow the pattern, or pin the source\n"
    )


def test_a_check_says_why_a_skill_is_gone(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path, {"name": "one"})
    listed.run("--agent", "one", "-o", "@one.txt")
    listed.values({"name": "one", "skills": ["ads-*", "pdf"]})
    listed.has({".agents/skills/pdf/SKILL.md": "no front matter\n"}, skill("ads-db", "3"))
    told = listed.run("--agent", "one", "--check", "@one.txt").told
    assert "  - ads-db: CAO leaves it out: its description is a number, no text\n" in told
    assert "  - code-review: no pattern of the agent matches it\n" in told
    broken = "acme/base@main: .agents/skills/pdf: SKILL.md does not begin with a line ---"
    assert f"  - pdf: nothing is served under that name: {broken}\n" in told


@pytest.mark.parametrize("form", ["cao", "promptkit", "json", "markdown"])
def test_every_format_can_be_checked(tmp_path: pathlib.Path, form: str) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["pdf", "web"], "mountAs": {"skills": "team"}})
    which = ("--all-agents",) if form in ("json", "markdown") else ("--agent", "one")
    flags = (*which, "--format", form)
    assert listed.run(*flags, "--check", "@page").code == 2
    assert listed.run(*flags, "-o", "@page").code == 0
    assert listed.run(*flags, "--check", "@page").code == 0
    listed.has(skill("web", "Reads pages."), skill("pdf", "Reads [all] files."))
    ran = listed.run(*flags, "--check", "@page")
    assert ran.code == 2
    assert "\nagent one: 1 skill gained" in ran.told
    assert "\n  + team-web: " in ran.told
    assert "'web'" in ran.told
    assert "\n  + Reads " in ran.told
    assert "lost" not in ran.told
    (tmp_path / "page").write_text("something else\n")
    ran = listed.run(*flags, "--check", "@page")
    assert ran.code == 2
    assert ran.told.endswith("pin the source\n")


def test_only_the_text_around(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path)
    listed.run("-o", "@one.txt")
    listed.overlays["catalogInstruction"] = "Read one."
    listed.values()
    assert "\nno skill and no description: only the text around them\n" in listed.run("--check", "@one.txt").told


def compared(folder: pathlib.Path, *flags: str) -> Ran:
    ran = overlays_here("catalog", "--diff", folder / "old.json", folder / "new.json", *flags)
    return Ran(ran.code, ran.stdout, ran.stderr.replace(f"{folder}/".encode(), b""))


def both(listed: Agents, old: list[Mapping[str, Any]], new: list[Mapping[str, Any]]) -> str:
    """The difference between two lists of agents."""
    for name, agents in (("old", old), ("new", new)):
        listed.values(*agents)
        assert listed.run("--all-agents", "--format", "json", "-o", f"@{name}.json").code == 0
    return compared(listed.folder).stdout.decode()


PDF = f"; from acme/base@main at {ONE[:12]}, .agents/skills/pdf\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (["ads-*"], ["ads-*", "pd?"], f"  + pdf: the new pattern 'pd?' matches it{PDF}"),
        (["ads-*"], ["ads-*", "pd?", "p*"], f"  + pdf: the new patterns 'pd?' and 'p*' match it{PDF}"),
        (["ads-*", "pdf"], ["ads-*"], "  - pdf: the agent has 'pdf' no more among its patterns\n"),
        (["ads-*", "code-*"], None, f"  + pdf: the agent has no list of skills any more, and sees every skill{PDF}"),
        (None, ["ads-*", "code-*"], "  - pdf: the agent has a list of skills now, and no pattern of it matches\n"),
        (["pdf"], [], "  - pdf: the agent has 'pdf' no more among its patterns\n"),
        (None, [], "  - pdf: its list is []\n"),
        ([], ["pdf"], f"  + pdf: the new pattern 'pdf' matches it{PDF}"),
        (["pdf"], ["p*"], "  ~ patterns: 'pdf', now 'p*'\n"),
        ([], None, "  ~ patterns: [], so no skill, now none, so all skills\n"),
    ],
    ids=range(10),
)
def test_why_a_pattern_gives_or_takes(
    tmp_path: pathlib.Path, old: list[str] | None, new: list[str] | None, told: str
) -> None:
    def one(patterns: list[str] | None) -> Mapping[str, Any]:
        return {"name": "one"} if patterns is None else {"name": "one", "skills": patterns}

    assert told in both(three(tmp_path), [one(old)], [one(new)])


def test_why_a_source_gives_or_takes(tmp_path: pathlib.Path) -> None:
    agents = {"name": "one", "skills": ["code-*"]}, {"name": "all"}
    listed = three(tmp_path, *agents)
    listed.run("--all-agents", "--format", "json", "-o", "@old.json")
    listed.has(skill("code-audit", "Audits code."), commit=TWO)
    (tmp_path / "checkouts/acme/base/.agents/skills/pdf/SKILL.md").unlink()
    listed.sources.append({"repo": "acme/team", "ref": "v1"})
    listed.has(skill("code-review", "Reviews in the team's own way."), repo="acme/team")
    listed.values(*agents)
    listed.run("--all-agents", "--format", "json", "-o", "@new.json")
    ran = compared(tmp_path)
    audit = f"from acme/base@main at {TWO[:12]}, .agents/skills/code-audit\n"
    assert (ran.code, ran.stdout.decode()) == (
        0,
        "agent one: 1 skill gained; about 83 tokens, now 94\n"
        f"  + code-audit: the skill is new: 'code-*', which was there before, matches it; {audit}"
        "agent all: 1 skill gained, 1 skill lost; about 95 tokens, now 99\n"
        f"  + code-audit: the skill is new: the agent sees every skill; {audit}"
        "  - pdf: no source serves it any more\n"
        "skill code-review: its description is another one (seen by one, all)\n"
        "  - Reviews a change.\n"
        "  + Reviews in the team's own way.\n"
        "skill code-review: acme/team@v1 serves it (.agents/skills/code-review), before acme/base@main "
        "(.agents/skills/code-review) (seen by one, all)\n"
        f"acme/base@main: commit {ONE[:12]}, now {TWO[:12]} (1 skill)\n",
    )
    assert compared(tmp_path, "--detailed-exitcode").code == 2


def test_other_changes_of_an_agent(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path)
    one: Mapping[str, Any] = {"name": "one", "skills": ["pdf", "ads-db"]}
    found = both(
        listed,
        [one, {"name": "gone"}],
        [{**one, "mountAs": {"skills": "team"}, "preload": ["pdf"]}, {"name": "new", "skills": ["pdf"]}],
    )
    assert found == (
        "agent one: about 86 tokens, now 88\n"
        "  ~ 'ads-db' is delivered as 'team-ads-db', and 1 more\n"
        "  ~ preloaded now: 'team-pdf'\n"
        "agent new: new; 1 skill gained\n"
        f"  + pdf: 'pdf' matches it{PDF}"
        "agent gone: gone\n"
        "  ~ it saw 3 skills\n"
    )
    assert both(listed, [one], [one]) == ""
    assert compared(tmp_path, "--detailed-exitcode").code == 0


DEEP = '{"a":' * 100_000
GOOD = '{"schemaVersion": 1, "instruction": "", "skills": [], "builtins": [], "agents": []}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "old.json:1:1: error OVL623: 'old.json' is no catalog: no JSON: expecting value\n"),
        ('{"a": \n }', "old.json:2:2: error OVL623: 'old.json' is no catalog: no JSON: expecting value\n"),
        ("[]", 'the document: [] is not of type "object"\n'),
        ("{}", "the document: "),
        (GOOD.replace("1", "2"), "/schemaVersion: "),
        (GOOD.replace('"agents": []', '"agents": [{"name": 3}]'), "error OVL623: 'old.json' is no catalog: /agents/0"),
        (GOOD.replace('"schemaVersion": 1', f'"schemaVersion": 1{"0" * 400}'), "error OVL623: "),
        (GOOD.replace('"schemaVersion": 1', f'"schemaVersion": 1{"0" * 5000}'), "error OVL623: "),
        (GOOD.replace('"schemaVersion": 1', '"schemaVersion": NaN'), "error OVL623: "),
        (DEEP, "error OVL623: "),
        (b"\xff\xff", "error OVL623: 'old.json' is no catalog: no JSON that could be read\n"),
        (None, "old.json: error OVL101: "),
    ],
    ids=range(12),
)
def test_files_that_are_no_catalogs(tmp_path: pathlib.Path, text: str | bytes | None, told: str) -> None:
    (tmp_path / "new.json").write_text(GOOD)
    if text is not None:
        (tmp_path / "old.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    ran = compared(tmp_path)
    assert (ran.code, ran.stdout) == (1, b"")
    assert told in ran.told.replace(str(tmp_path) + "/", "")
    assert ran.told.count("hint: ") == 1


@pytest.mark.parametrize(
    "flag",
    [
        "--format=json",
        "--format=cao",
        "--jobs=2",
        "--agent=a",
        "--all-agents",
        "--release=x",
        "--set=a=b",
        "--builtins=cao",
        "--check=x",
        "-o=x",
        "--checkouts=x",
    ],
)
def test_no_other_flag_goes_with_two_files(tmp_path: pathlib.Path, flag: str) -> None:
    for name in ("old.json", "new.json"):
        (tmp_path / name).write_text(GOOD)
    assert compared(tmp_path).code == 0
    ran = compared(tmp_path, *flag.split("=", 1))
    assert (ran.code, ran.stdout) == (64, b"")
    assert f"no flag but --detailed-exitcode: not {flag.partition('=')[0]}" in ran.told


def inconsistent(document: dict[str, Any], place: str) -> None:
    one = document["agents"][0]
    entry = one["skills"][0]
    changes: dict[str, Any] = {
        "a skill of nobody": lambda: one["skills"].pop(0),
        "a built-in one of nobody": lambda: one["builtins"].pop(0),
        "no such skill": lambda: document["skills"].pop(0),
        "no such built-in one": lambda: document["builtins"].pop(0),
        "an agent twice": lambda: document["agents"].append(one),
        "a skill twice": lambda: document["skills"].append(document["skills"][0]),
        "its skill twice": lambda: one["skills"].append({**entry, "delivered": "x"}),
        "a copy twice": lambda: one["skills"][1].update(delivered=entry["delivered"]),
        "another's pattern": lambda: entry.update(patterns=["p"]),
        "no pattern": lambda: entry.update(patterns=[]),
    }
    changes[place]()


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("a skill of nobody", "/skills: 'pdf' is a skill of none of the agents"),
        ("a built-in one of nobody", "/builtins: 'cao-memory' is a skill of none of the agents"),
        ("no such skill", "/agents/0/skills/0: nothing is said of 'pdf' in /skills"),
        ("no such built-in one", "/agents/0/builtins/0: nothing is said of 'cao-memory' in /builtins"),
        ("an agent twice", "/agents: 'one' is there twice"),
        ("a skill twice", "/skills: 'pdf' is there twice"),
        ("its skill twice", "/agents/0/skills: 'pdf' is there twice"),
        ("a copy twice", "/agents/0: 'pdf' is there twice"),
        ("another's pattern", "/agents/0/skills/0: its patterns are none of the agent's"),
        ("no pattern", "/agents/0/skills/0: its patterns are none of the agent's"),
    ],
)
def test_what_does_not_fit_is_no_catalog(tmp_path: pathlib.Path, place: str, why: str) -> None:
    listed = Agents(tmp_path, {"name": "one", "skills": ["pdf", "w*", "cao-memory"]})
    listed.has(skill("pdf", "Reads PDF files."), skill("web", "Reads pages."))
    (tmp_path / "builtins.json").write_text('[{"name": "cao-memory", "description": "Use it."}]')
    document = listed.document("--builtins", "@builtins.json")
    (tmp_path / "new.json").write_text(json.dumps(document))
    (tmp_path / "old.json").write_text(json.dumps(document))
    assert compared(tmp_path).code == 0
    inconsistent(document, place)
    (tmp_path / "old.json").write_text(json.dumps(document))
    ran = compared(tmp_path)
    assert (ran.code, ran.stdout) == (1, b"")
    assert f"error OVL623: 'old.json' is no catalog: {why}\n" in ran.told


@pytest.mark.parametrize(("key", "more"), [("digest", ""), ("bytes", "; 322 bytes, now 300"), ("tokens", "; 81 ")])
def test_another_text_with_the_same_skills_is_a_difference(tmp_path: pathlib.Path, key: str, more: str) -> None:
    listed = Agents(tmp_path, {"name": "one"})
    listed.has(skill("pdf", "Reads PDF files."))
    document = listed.document()
    (tmp_path / "old.json").write_text(json.dumps(document))
    document["agents"][0][key] = {"digest": f"sha256:{'0' * 64}", "bytes": 300, "tokens": 3}[key]
    (tmp_path / "new.json").write_text(json.dumps(document))
    ran = compared(tmp_path, "--detailed-exitcode")
    assert ran.code == 2
    assert f"\n  ~ its text is another one, and nothing else here says why{more}" in ran.stdout.decode()


@pytest.mark.parametrize("form", ["cao", "json", "markdown"])
def test_surroundings_change_no_byte(tmp_path: pathlib.Path, form: str) -> None:
    listed = Agents(tmp_path, {"name": "one", "skills": ["*", "x", "café"], "preload": ["web"]})
    listed.has(*(skill(name, f"Reads {name} – café, 技能.") for name in ("pdf", "web", "a1", "code")))
    (tmp_path / "builtins.json").write_text(json.dumps([{"name": name, "description": "é"} for name in ("z", "b")]))
    flags = ("--checkouts", "checkouts", "--agent", "one", "--builtins", "builtins.json", "--format", form)
    surroundings = (
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "random", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )
    one, other = (overlays("catalog", "-f", "values.yaml", *flags, cwd=tmp_path, env=env) for env in surroundings)
    assert one == other
    assert one.code == 0
    text = "– café, 技能."
    assert (json.dumps(text)[1:-1] if form == "json" else text).encode() in one.stdout
