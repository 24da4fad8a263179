"""`overlays catalog`: the block byte for byte, who sees what, budgets, usage."""

from __future__ import annotations

import hashlib
import json
import pathlib

import jsonschema
import pytest

from tests.support.agents import ESTIMATE, HEAD, ONE, TWO, Agents, skill, three
from tests.support.helm import ROOT
from tests.support.here import overlays_here
from tests.support.overlays import overlays


def test_the_example_of_cao(tmp_path: pathlib.Path) -> None:
    listed = Agents(tmp_path, {"name": "one"})
    listed.has(skill("ads-db", "Query the ads database."), skill("cao-memory", "Use the memory tools."))
    ran = listed.run("--agent", "one")
    block = ran.stdout.removesuffix(b"\n")
    assert (ran.code, ran.told) == (0, f"372 bytes, about 93 tokens {ESTIMATE}")
    assert len(block) == 372
    assert hashlib.sha256(block).hexdigest() == "b9ca867dd5e6a59a8f99ec8ff0adfad356c8f69682249a3be2c3fe50d00ce0b7"
    assert overlays("catalog", "-f", "values.yaml", "--checkouts", "checkouts", cwd=tmp_path).stdout == ran.stdout


def test_without_an_agent_it_is_every_skill(tmp_path: pathlib.Path) -> None:
    ran = three(tmp_path, {"name": "one", "skills": []}).run()
    lines = "- **ads-db**: Asks.\n- **code-review**: Reviews a change.\n- **pdf**: Reads PDF files.\n"
    assert (ran.code, ran.stdout.decode()) == (0, HEAD + lines)


def test_an_agent_sees_its_skills_under_its_names(tmp_path: pathlib.Path) -> None:
    ran = three(tmp_path, {"name": "one", "skills": ["code-*", "pdf"], "mountAs": {"skills": "team"}}).run(
        "--agent", "one"
    )
    lines = "- **team-code-review**: Reviews a change.\n- **team-pdf**: Reads PDF files.\n"
    assert ran.stdout.decode() == HEAD + lines


def test_no_skill_is_an_empty_line(tmp_path: pathlib.Path) -> None:
    ran = three(tmp_path, {"name": "one", "skills": []}).run("--agent", "one")
    assert (ran.code, ran.stdout, ran.told) == (0, b"\n", f"0 bytes, about 0 tokens {ESTIMATE}")


def test_promptkit(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["ads-db", "pdf"]}, {"name": "none", "skills": []})
    ran = listed.run("--agent", "one", "--format", "promptkit")
    assert ran.stdout == b"Available skills:\n- ads-db:  Asks. \n- pdf: Reads PDF files.\n"
    assert ran.told == f"59 bytes, about 15 tokens {ESTIMATE}"
    assert listed.run("--agent", "none", "--format", "promptkit").stdout == b"No skills available.\n"


def test_the_instruction_is_a_value(tmp_path: pathlib.Path) -> None:
    listed = Agents(tmp_path, catalogInstruction="Load one with `load`.")
    listed.has(skill("pdf", "Reads PDF files."))
    assert listed.run().stdout == b"## Available Skills\n\nLoad one with `load`.\n\n- **pdf**: Reads PDF files.\n"


def test_front_matter_is_read_whole(tmp_path: pathlib.Path) -> None:
    listed = Agents(tmp_path)
    listed.has(skill("pdf", f"Reads PDF files.\nlicense: {'x' * 100_000}"), skill("web", "Reads pages."))
    ran = listed.run()
    assert ran.stdout.decode() == f"{HEAD}- **pdf**: Reads PDF files.\n- **web**: Reads pages.\n"
    assert "OVL622" not in ran.told


def test_the_list_of_a_persona(tmp_path: pathlib.Path) -> None:
    sources = [{"repo": "acme/base", "ref": "main", "personasSubdir": "personas"}]
    listed = Agents(tmp_path, {"name": "one", "persona": "ada"}, sources=sources)
    listed.has(skill("pdf", "Reads PDF files."), skill("web", "Reads pages."))
    listed.has({"personas/ada.md": "---\nskills: [pdf, x-*]\n---\nYou are Ada.\n"})
    ran = listed.run("--agent", "one")
    assert ran.stdout.decode() == f"{HEAD}- **pdf**: Reads PDF files.\n"
    assert "matched no installed skill for pattern(s): 'x-*'\n" in ran.told
    one = listed.document()["agents"][0]
    assert (one["patterns"], one["persona"]) == (["pdf", "x-*"], "ada")
    checked = listed.run(command="validate")
    assert checked.code == 1
    assert checked.stdout.decode() == (
        "values.yaml:17:18: error OVL602: the pattern 'x-*' of the persona 'ada' matches no skill: nothing of what is "
        "served has such a name\n  hint: correct the pattern, or remove it\n"
    )


def test_what_the_list_of_a_persona_keeps_away_is_not_preloaded(tmp_path: pathlib.Path) -> None:
    sources = [{"repo": "acme/base", "ref": "main", "personasSubdir": "personas"}]
    listed = Agents(tmp_path, {"name": "one", "persona": "ada", "preload": ["web"]}, sources=sources)
    listed.has(skill("web", "Reads pages."), {"personas/ada.md": "---\nskills: []\n---\n"})
    ran = listed.run("--agent", "one")
    assert (ran.code, ran.stdout) == (1, b"\n")
    what = "error OVL604: 'web' is preloaded and is not among the agent's skills"
    assert f"values.yaml:19:9: {what}: no pattern of the persona 'ada' matches it\n" in ran.told
    assert listed.document_of("--agent", "one")["agents"][0]["patterns"] == []


def test_without_sources_there_is_nothing_to_see(tmp_path: pathlib.Path) -> None:
    listed = Agents(tmp_path, {"name": "one"}, sources=[])
    assert (listed.run("--agent", "one").stdout, listed.run().stdout) == (b"\n", b"\n")
    assert listed.document()["agents"][0]["skills"] == []


@pytest.mark.parametrize("text", ["---\nskills: [pdf\n---\n", None], ids=["unreadable", "unknown"])
def test_a_persona_that_cannot_be_read_prints_nothing(tmp_path: pathlib.Path, text: str | None) -> None:
    sources = [{"repo": "acme/base", "ref": "main", "personasSubdir": "personas"}]
    listed = Agents(tmp_path, {"name": "one", "persona": "ada"}, {"name": "two"}, sources=sources)
    listed.has(skill("pdf", "Reads PDF files."), {"personas/bob.md": ""})
    if text is not None:
        listed.has({"personas/ada.md": text})
    ran = listed.run("--agent", "one")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "values.yaml:17:18: error OVL607: the persona of the agent 'one' cannot be used: persona 'ada': " in ran.told
    assert "; without its list the agent gets no skill\n" in ran.told
    assert listed.run("--agent", "two").code == 0


def test_a_persona_beside_a_list_of_skills_does_not_matter(tmp_path: pathlib.Path) -> None:
    listed = Agents(tmp_path, {"name": "one", "persona": "gone", "personas": [], "skills": ["pdf"]})
    listed.has(skill("pdf", "Reads PDF files."))
    ran = listed.run("--agent", "one", "--format", "promptkit")
    assert (ran.code, ran.stdout) == (0, b"Available skills:\n- pdf: Reads PDF files.\n")
    assert "OVL607" not in ran.told
    assert "warning OVL615: persona of the agent 'one' has no effect: its skills are listed here" in ran.told


def test_unmatched_patterns_are_told_by_repr_and_fail_nothing(tmp_path: pathlib.Path) -> None:
    agents = {"name": "one", "skills": ["ads-bd", "pdf", "x\n## y", "ads-bd"]}, {"name": "two", "skills": ["*", "no"]}
    listed = three(tmp_path, *agents)
    line = "Skill-catalog filter matched no installed skill for pattern(s):"
    ran = listed.run("--agent", "one")
    assert ran.code == 0
    assert f"\n{line} 'ads-bd', 'x\\n## y', 'ads-bd'\n" in ran.told
    ran = listed.run("--all-agents", "--format", "markdown")
    assert f"\none: {line} 'ads-bd', 'x\\n## y', 'ads-bd'\ntwo: {line} 'no'\n" in ran.told


@pytest.mark.parametrize(
    ("description", "flaw"),
    [
        ("2024-01-01", "its description is a date, no text"),
        ("3", "its description is a number, no text"),
        ("~", "its description is null, no text"),
        ("[a]", "its description is a list"),
        ('" "', "its description is empty"),
        ("a: b", "its front matter cannot be read"),
    ],
)
def test_what_cao_leaves_out_is_told(tmp_path: pathlib.Path, description: str, flaw: str) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["pdf", "odd"]})
    listed.has(skill("odd", description))
    ran = listed.run("--agent", "one")
    assert (ran.code, ran.stdout.decode()) == (0, f"{HEAD}- **pdf**: Reads PDF files.\n")
    what = "warning OVL622: the skill 'odd' of 'acme/base@main' is in no catalog"
    assert f"{what}: {flaw}, and CAO leaves it out\n" in ran.told


def test_what_promptkit_takes(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["one", "two"]}, {"name": "two", "skills": ["one"]})
    listed.has(skill("one", "3"), skill("two", "x\nother: !own y"))
    ran = listed.run("--agent", "one", "--format", "promptkit")
    assert ran.stdout == b"Available skills:\n- one: 3\n- two: x\n"


def test_one_skill_that_promptkit_refuses_is_an_error(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["one", "two"]}, {"name": "two", "skills": ["one"]})
    listed.has(skill("one", "Counts."), {".agents/skills/two/SKILL.md": "---\nname: two\n---\n"})
    ran = listed.run("--agent", "one", "--format", "promptkit", "-o", "@block.txt")
    assert (ran.code, ran.stdout) == (1, b"")
    assert not (tmp_path / "block.txt").exists()
    assert ran.told.startswith(
        "values.yaml:8:17: error OVL624: PromptKit refuses every skill because of 'two' of 'acme/base@main': "
        "'.agents/skills/two/SKILL.md:2': description is missing: every skill has a name and a description\n"
    )
    assert listed.run("--agent", "two", "--format", "promptkit").code == 0
    assert listed.run("--agent", "one").code == 0


def test_a_name_that_yaml_reads_otherwise(tmp_path: pathlib.Path) -> None:
    listed = three(
        tmp_path, {"name": "one", "skills": ["123"]}, {"name": "two", "skills": ["123"], "mountAs": {"skills": "t"}}
    )
    listed.has(skill("123", "Counts."))
    assert listed.run("--agent", "one").stdout == b"\n"
    assert listed.run("--agent", "two").stdout.decode() == f"{HEAD}- **t-123**: Counts.\n"


def test_the_json(tmp_path: pathlib.Path) -> None:
    sources = [{"repo": "acme/base", "ref": "main"}, {"repo": "acme/team", "skillsPreload": ["pdf"]}]
    agents = (
        {"name": "one", "skills": ["p*", "pdf", "gone"], "mountAs": {"skills": "team"}},
        {"name": "none", "skills": []},
        {"name": "all"},
    )
    listed = Agents(tmp_path, *agents, sources=sources)
    listed.has(skill("pdf", "Reads PDF files."), skill("web", "Reads pages."))
    listed.has(skill("pdf", "Reads scanned ones, too."), repo="acme/team", commit=TWO)
    ran = listed.run("--all-agents", "--format", "json")
    document = json.loads(ran.stdout)
    assert ran.stdout.isascii()
    jsonschema.Draft7Validator(json.loads(overlays_here("schema", "catalog").stdout)).validate(document)
    base = {"source": "acme/base", "ref": "main", "commit": ONE}
    assert document["skills"] == [
        {
            "name": "pdf",
            "description": "Reads scanned ones, too.",
            "source": "acme/team",
            "ref": "",
            "commit": TWO,
            "path": ".agents/skills/pdf",
            "shadows": [{**base, "path": ".agents/skills/pdf"}],
        },
        {"name": "web", "description": "Reads pages.", **base, "path": ".agents/skills/web", "shadows": []},
    ]
    block = f"{HEAD}- **team-pdf**: Reads scanned ones, too.".encode()
    assert document["agents"][0] == {
        "name": "one",
        "patterns": ["p*", "pdf", "gone"],
        "persona": None,
        "bytes": len(block),
        "tokens": -(-len(block) // 4),
        "digest": f"sha256:{hashlib.sha256(block).hexdigest()}",
        "unmatched": ["gone"],
        "skills": [{"name": "pdf", "delivered": "team-pdf", "patterns": ["p*", "pdf"], "preload": True, "bytes": 41}],
        "builtins": [],
    }
    assert [one["patterns"] for one in document["agents"]] == [["p*", "pdf", "gone"], [], None]
    assert [len(one["skills"]) for one in document["agents"]] == [1, 0, 2]
    lone = json.loads(listed.run("--format", "json").stdout)
    assert [(one["name"], one["patterns"]) for one in lone["agents"]] == [(None, None)]
    assert [one["preload"] for one in lone["agents"][0]["skills"]] == [False, False]


def test_the_schema_is_a_schema() -> None:
    schema = json.loads((ROOT / "schemas/catalog.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)


WAYS = {"yaml": "values", "json": "values", "--set-json": "flag"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "patterns"),
    [('"skills": []', []), ("", None), ('"skills": ["*"]', ["*"])],
    ids=["empty", "absent", "star"],
)
def test_none_is_never_all(tmp_path: pathlib.Path, way: str, text: str, patterns: list[str] | None) -> None:
    listed = three(tmp_path)
    agent = ", ".join(filter(None, ['"name": "one"', text]))
    flags: tuple[str, ...] = ()
    if way == "--set-json":
        flags = ("--set-json", f"agents=[{{{agent}}}]")
    elif way == "json":
        values = json.loads((tmp_path / "values.yaml").read_text())
        values["agents"] = json.loads(f"[{{{agent}}}]")
        (tmp_path / "values.yaml").write_text(json.dumps(values))
    else:
        block = "agents:\n  - name: one\n" + (
            f"    {text.replace(chr(34), '')}\n".replace("[*]", '["*"]') if text else ""
        )
        lines = "toolServer: {enabled: false}\noverlays:\n  sources:\n    - {repo: acme/base, ref: main}\n"
        (tmp_path / "values.yaml").write_text(lines + block)
    one = listed.document(*flags)["agents"][0]
    assert (one["patterns"], len(one["skills"])) == (patterns, 0 if patterns == [] else 3)
    manifest = json.loads(overlays_here("render", "manifest", "-f", tmp_path / "values.yaml", *flags).stdout)
    entry = manifest["agents"][0]
    assert ("skills" in entry, entry.get("skills")) == (patterns is not None, patterns)
    ran = listed.run("--agent", "one", *flags)
    assert (ran.stdout == b"\n") is (patterns == [])


PAGE = r"""# Skills of the agents

Written by `overlays catalog`. Bytes and tokens are those of the text in the prompt; tokens are an estimate.

| agent | skills | tokens | budget | bytes |
| --- | ---: | ---: | ---: | ---: |
| [all](#all) | 2 | 91 | 4,000 | 363 |
| [one](#one) | 1 | 86 |  | 343 |
| [none](#none) | 0 | 0 |  | 0 |

## one

It sees what its list says: 'p\*', 'gone'.

Patterns that match nothing: 'gone'.

| skill | description | source | by | preload | bytes |
| --- | --- | --- | --- | --- | ---: |
| team-pdf (pdf) | \`Reads\` \| \*PDF\* files \<b\> \[x\](y) | acme/base@main: .agents/skills/pdf | 'p\*' | yes | 49 |

## none

It sees no skill: its list says `[]`.

## all

It sees all skills.

| skill | description | source | by | preload | bytes |
| --- | --- | --- | --- | --- | ---: |
| pdf | \`Reads\` \| \*PDF\* files \<b\> \[x\](y) | acme/base@main: .agents/skills/pdf |  |  | 44 |
| two | Lines in it. | acme/base@main: .agents/skills/two |  |  | 25 |
"""


def test_the_page(tmp_path: pathlib.Path) -> None:
    agents = (
        {"name": "one", "skills": ["p*", "gone"], "mountAs": {"skills": "team"}, "preload": ["pdf"]},
        {"name": "none", "skills": []},
        {"name": "all", "budget": {"tokens": 4000}},
    )
    listed = Agents(tmp_path, *agents)
    listed.has(skill("pdf", "'`Reads` | *PDF* files <b> [x](y)'"), skill("two", '"Lines\\n in it."'))
    ran = listed.run("--all-agents", "--format", "markdown")
    assert ran.stdout.decode() == PAGE
    assert ran.told.endswith(
        f"all: 363 bytes, about 91 tokens, of 4,000 {ESTIMATE}one: 343 bytes, about 86 tokens {ESTIMATE}"
        f"none: 0 bytes, about 0 tokens {ESTIMATE}"
    )


def test_a_budget_warns_and_fails(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path, {"name": "one", "budget": {"tokens": 90, "warnTokens": 80}})
    listed.has(skill("web", "Reads pages, follows their links and says what stands there."))
    ran = listed.run("--agent", "one")
    cost = "the catalog of the agent 'one' costs about 113 tokens (451 bytes)"
    told = "'web' 72, 'code-review' 37, 'pdf' 28 bytes"
    assert ran.code == 1
    assert f"error OVL608: {cost}: its budget is 90; the largest of 4: {told}\n" in ran.told
    assert ran.stdout.startswith(HEAD.encode())
    for command in ("validate", "lint"):
        checked = listed.run(command=command)
        assert checked.code == 1
        assert f"error OVL608: {cost}: its budget is 90;" in checked.stdout.decode()
    listed.values({"name": "one", "budget": {"tokens": 900, "warnTokens": 80}})
    ran = listed.run("--agent", "one")
    assert ran.code == 0
    assert f"warning OVL608: {cost}: its budget is 80;" in ran.told
    listed.values({"name": "one", "budget": {"tokens": 113}})
    assert "OVL608" not in listed.run("--agent", "one").told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--all-agents"], "--all-agents needs --format json or markdown"),
        (["--all-agents", "--agent", "a", "--format", "json"], "--agent and --all-agents exclude each other"),
        (["--agent", ""], "--agent needs a name"),
        (["--detailed-exitcode"], "--detailed-exitcode goes with --diff"),
        (
            ["--diff", "a", "b"],
            "--diff takes the names of two files, and no flag but --detailed-exitcode: not --checkouts",
        ),
        (["--builtins", ""], "--builtins needs a name"),
        (["--format", "xml"], "is not one of"),
    ],
    ids=range(7),
)
def test_usage(tmp_path: pathlib.Path, arguments: list[str], words: str) -> None:
    ran = three(tmp_path).run(*arguments)
    assert (ran.code, ran.stdout) == (64, b"")
    assert words in ran.told


def test_an_agent_that_is_not_there(tmp_path: pathlib.Path) -> None:
    ran = three(tmp_path, {"name": "reviewer"}).run("--agent", "reviewr")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "--agent: error OVL619: there is no agent 'reviewr'" in ran.told


def test_validate_needs_checkouts_for_builtins(tmp_path: pathlib.Path) -> None:
    three(tmp_path)
    ran = overlays_here("validate", "-f", tmp_path / "values.yaml", "--builtins", "cao")
    assert ran.code == 64
    assert "--builtins goes with --checkouts" in ran.told
    assert overlays_here("lint", tmp_path, "--builtins", "cao").code == 64
