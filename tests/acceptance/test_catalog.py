"""`overlays catalog`: the block byte for byte, who sees what, what changed and why, budgets, built-in skills."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest

from tests.support.checkouts import PLAIN, write
from tests.support.helm import ROOT
from tests.support.here import overlays_here
from tests.support.overlays import Ran, overlays

ONE, TWO = "1" * 40, "2" * 40
INSTRUCTION = (
    "The following skills are available exclusively in this CAO orchestration context. To load a skill's full content, "
    "use the `mcp__cao-mcp-server__load_skill` tool (NOT the Skill command). These skills are not accessible through "
    "provider-native skill commands or directories."
)
HEAD = f"## Available Skills\n\n{INSTRUCTION}\n\n"
ESTIMATE = "(an estimate)\n"


def skill(name: str, description: str, body: str = "Read it.") -> dict[str, str]:
    return {f".agents/skills/{name}/SKILL.md": f"---\nname: {name}\ndescription: {description}\n---\n{body}\n"}


class Agents:
    """Values with agents, and checkouts, in a folder."""

    def __init__(self, folder: pathlib.Path, *agents: Mapping[str, Any], **overlays: Any) -> None:
        self.folder = folder
        self.sources: list[dict[str, Any]] = overlays.pop("sources", [{"repo": "acme/base", "ref": "main"}])
        self.overlays = overlays
        self.values(*agents)

    def values(self, *agents: Mapping[str, Any]) -> None:
        values = {**PLAIN, "overlays": {"sources": self.sources, **self.overlays}, "agents": agents}
        (self.folder / "values.yaml").write_text(json.dumps(values, indent=2) + "\n")

    def has(self, *files: Mapping[str, str], repo: str = "acme/base", commit: str = ONE) -> None:
        for some in files:
            write(self.folder / "checkouts" / repo, some)
        write(self.folder / "checkouts" / repo, {".git/HEAD": f"{commit}\n"})

    def run(self, *arguments: str, command: str = "catalog") -> Ran:
        ran = overlays_here(
            command,
            "-f",
            self.folder / "values.yaml",
            "--checkouts",
            self.folder / "checkouts",
            *(one.replace("@", f"{self.folder}/") for one in arguments),
        )
        stdout, stderr = (text.replace(f"{self.folder}/".encode(), b"") for text in ran[1:])
        return Ran(ran.code, stdout, stderr)

    def document_of(self, *arguments: str) -> dict[str, Any]:
        """What is printed although there are errors."""
        found: dict[str, Any] = json.loads(self.run("--format", "json", *arguments).stdout)
        return found

    def document(self, *arguments: str) -> dict[str, Any]:
        ran = self.run("--all-agents", "--format", "json", *arguments)
        assert ran.code == 0, ran.told
        found: dict[str, Any] = json.loads(ran.stdout)
        return found


def three(folder: pathlib.Path, *agents: Mapping[str, Any]) -> Agents:
    """Three skills and one tool."""
    listed = Agents(folder, *agents)
    listed.has(
        skill("pdf", "Reads PDF files."), skill("code-review", "Reviews a change."), skill("ads-db", '" Asks. "')
    )
    return listed


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


# ---- built-in skills


BUILTINS = """\
# Those of our consumer.
---
- name: cao-memory
  description: Use the memory tools.
- {name: "pdf", description: "Built in."}
- name: cao-silent
- {name: cao-blank, description: " "}
"""


def test_builtins_are_seen_as_skills_are(tmp_path: pathlib.Path) -> None:
    agents = (
        {"name": "one", "skills": ["cao-*", "pdf"]},
        {"name": "two", "skills": ["cao-m?mory"]},
        {"name": "none", "skills": []},
        {"name": "mounted", "skills": ["pdf"], "mountAs": {"skills": "team"}},
        {"name": "all"},
    )
    listed = three(tmp_path, *agents)
    (tmp_path / "builtins.yaml").write_text(BUILTINS)
    flags = ("--builtins", "@builtins.yaml")
    memory, pdf = "- **cao-memory**: Use the memory tools.\n", "- **pdf**: Reads PDF files.\n"
    ran = listed.run("--agent", "one", *flags)
    assert ran.stdout.decode() == HEAD + memory + pdf
    assert "--builtins builtins.yaml: warning OVL621: built-in skills have no description: " in ran.told
    assert "leaves them out: 'cao-blank', 'cao-silent'\n" in ran.told
    assert "Skill-catalog" not in ran.told
    ran = listed.run("--agent", "two", *flags)
    size = len(HEAD + memory) - 1
    assert ran.stdout.decode() == HEAD + memory
    assert ran.told == f"{size} bytes, about {-(-size // 4)} tokens {ESTIMATE}"
    assert listed.run("--agent", "none", *flags).stdout == b"\n"
    assert listed.run("--agent", "mounted", *flags).stdout.decode() == (
        f"{HEAD}- **pdf**: Built in.\n- **team-pdf**: Reads PDF files.\n"
    )
    lines = listed.run("--agent", "all", *flags).stdout.decode().removeprefix(HEAD).splitlines()
    assert [line.split("**")[1] for line in lines] == ["ads-db", "cao-memory", "code-review", "pdf"]
    document = listed.document(*flags)
    assert document["builtins"][1] == {"name": "cao-memory", "description": "Use the memory tools."}
    assert document["agents"][0]["builtins"][1] == {"name": "cao-memory", "patterns": ["cao-*"], "bytes": 40}
    assert listed.run("--agent", "two").stdout == b"\n"


@pytest.mark.parametrize("command", ["validate", "lint"])
def test_a_pattern_that_matches_a_builtin_is_matched(tmp_path: pathlib.Path, command: str) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["cao-mem*", "cao-me"]})
    without = listed.run(command=command)
    assert without.code == 1
    assert "the pattern 'cao-mem*' of the agent 'one' matches no skill" in without.stdout.decode()
    ran = listed.run("--builtins", "cao", command=command)
    assert ran.code == 1
    assert "cao-mem*" not in ran.stdout.decode()
    assert "the pattern 'cao-me' of the agent 'one' matches no skill" in ran.stdout.decode()


def test_the_shipped_names(tmp_path: pathlib.Path) -> None:
    document = three(tmp_path, {"name": "one", "skills": ["agui-*", "cao-*", "mcp-*"]}).document("--builtins", "cao")
    assert [one["name"] for one in document["builtins"]] == [
        "agui-author",
        "cao-agent-routing",
        "cao-learning",
        "cao-mcp-apps",
        "cao-memory",
        "cao-plugin",
        "cao-provider",
        "cao-session-liveness",
        "cao-session-management",
        "cao-supervisor-protocols",
        "cao-worker-protocols",
        "cao-workflow",
        "mcp-apps-builder",
    ]
    assert {one["description"] for one in document["builtins"]} == {None}


def test_the_store_of_a_consumer(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["*a*"]})
    texts = {"cao-memory": "Use it.", ".a": "Hidden.", "bad": "3"}
    for name, text in texts.items():
        write(tmp_path / "store", {f"{name}/SKILL.md": f"---\nname: {name}\ndescription: {text}\n---\n"})
    write(tmp_path / "store", {"other/SKILL.md": "---\nname: an\ndescription: No.\n---\n", "loose-a.md": ""})
    lines = listed.run("--agent", "one", "--builtins", "@store").stdout.decode().removeprefix(HEAD)
    assert lines == "- **.a**: Hidden.\n- **ads-db**: Asks.\n- **cao-memory**: Use it.\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("a: b\n", "it is no list"),
        ("- a\n", "builtins:1:3: error OVL620: this is no list of built-in skills: an entry has no name"),
        ("- name: a\n  text: b\n", "builtins:2:3: error OVL620: this is no list of built-in skills: 'text' does not"),
        ("- name: [a]\n", "'name' does not belong there"),
        ('[{"name": 3}]', "its entry 0 has another form"),
        ('[{"name": "a", "x": 1}]', "its entry 0 has another form"),
        ("[[[[", "builtins:2:1: error OVL620: this is no list of built-in skills: did not find expected node content"),
        ("[" * 100_000, "error OVL620: this is no list of built-in skills: "),
        ("- name: a\n---\n- name: b\n", "a second document begins"),
        ("- name: &a x\n  description: *b\n", "error OVL620: "),
        ("- name: !!python/object:x y\n", "the tag "),
        (b"\xff\xfe", "it is no UTF-8 text"),
        ('[{"name": "z\\ud800", "description": "d"}]', r"'z\ud800' holds half of a character"),
        ('[{"name": "z", "description": "d\\ud800"}]', "'z' holds half of a character"),
        ("- name: ''\n", "builtins:1:3: error OVL620: this is no list of built-in skills: '' is no name that the"),
        ("- name:\n", "an entry has no name"),
        ("- name: ../x\n", "'../x' is no name that the directory of a skill can have: "),
        ("- name: ..\n", "'..' is no name that the directory of a skill can have: "),
        ("- name: ' z b '\n", "' z b ' is no name that the directory of a skill can have: "),
        ('[{"name": "a\\nb"}]', r"'a\nb' is no name that the directory of a skill can have: "),
        ("- name: a\n- name: b\n- name: a\n", "builtins:3:3: error OVL620: this is no list of built-in skills: 'a' is"),
        ('[{"name": "a"}, {"name": "a"}]', "'a' is there twice: "),
        ('[{"name": "a", "name": "b"}]', "the key 'name' is twice in one entry: "),
    ],
    ids=range(24),
)
def test_builtins_that_cannot_be_used(tmp_path: pathlib.Path, text: str | bytes, why: str) -> None:
    listed = three(tmp_path)
    (tmp_path / "builtins").write_bytes(text if isinstance(text, bytes) else text.encode())
    ran = listed.run("--builtins", "@builtins")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "OVL620" in ran.told
    assert why in ran.told


@pytest.mark.parametrize("kind", ["pipe", "device", "empty"])
def test_builtins_that_are_neither_a_file_nor_skills(tmp_path: pathlib.Path, kind: str) -> None:
    listed, name = three(tmp_path), "/dev/zero" if kind == "device" else "@some"
    if kind == "pipe":
        os.mkfifo(tmp_path / "some")
    elif kind == "empty":
        write(tmp_path / "some", {"bad/SKILL.md": "---\nname: bad\n---\n", "a.md": ""})
    ran = listed.run("--builtins", name)
    assert (ran.code, ran.stdout) == (1, b"")
    why = "it has no directory with a SKILL.md that CAO would list" if kind == "empty" else "it is neither a file nor a"
    assert "error OVL620: the skills in '" in ran.told
    assert f"cannot be read: {why}" in ran.told


def test_builtins_that_are_not_there(tmp_path: pathlib.Path) -> None:
    ran = three(tmp_path).run("--builtins", "@missing")
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told.startswith("missing: error OVL101: ")


# ---- what changed


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


# ---- usage


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


# ---- what lint and validate say of agents


@pytest.mark.parametrize("command", ["validate", "lint"])
@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (
            {"skills": ["pdf", "ads-bd"]},
            "error OVL602: the pattern 'ads-bd' of the agent 'one' matches no skill: nothing of what is served has such"
            " a name\n  hint: did you mean 'ads-db'?\n",
        ),
        ({"tools": ["x"]}, "error OVL602: the pattern 'x' of the agent 'one' matches no tool: "),
        ({"workflows": ["x"]}, "error OVL602: the pattern 'x' of the agent 'one' matches no workflow: "),
        ({"personas": ["x"]}, "error OVL602: the pattern 'x' of the agent 'one' matches no persona: "),
        ({"skills": ["broken"]}, "matches no skill: nothing is served under that name: acme/base@main: "),
        (
            {"preload": ["pfd"]},
            "error OVL605: the preloaded skill 'pfd' is nowhere: no source serves a skill of that name\n",
        ),
        ({"preload": ["broken"]}, "error OVL605: the preloaded skill 'broken' is nowhere: nothing is served under "),
        ({"persona": "ada"}, "error OVL607: the persona of the agent 'one' cannot be used: persona 'ada': no source "),
        (
            {"mountAs": {"skills": "m" * 60}},
            "error OVL610: the skill 'ads-db' cannot be delivered to the agent 'one': ",
        ),
    ],
    ids=range(9),
)
def test_what_agents_lack(tmp_path: pathlib.Path, command: str, agent: dict[str, Any], told: str) -> None:
    listed = three(tmp_path, {"name": "one", **agent})
    listed.has({".agents/skills/broken/SKILL.md": "x\n"})
    ran = listed.run(command=command)
    assert ran.code == 1
    found = [line for line in ran.stdout.decode().splitlines(keepends=True) if "OVL6" in line]
    assert told.partition("\n")[0] in ran.stdout.decode()
    assert told in ran.stdout.decode()
    assert all(line.startswith("values.yaml:") for line in found)


def test_the_place_is_that_of_the_pattern(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["pdf", "nothing"]})
    lines = (tmp_path / "values.yaml").read_text().splitlines()
    row = next(at for at, line in enumerate(lines, start=1) if '"nothing"' in line)
    column = lines[row - 1].index('"nothing"') + 1
    assert listed.run(command="validate").stdout.decode().startswith(f"values.yaml:{row}:{column}: error OVL602: ")


@pytest.mark.parametrize("command", ["validate", "lint", "catalog"])
@pytest.mark.parametrize(
    ("agent", "persona", "told"),
    [
        ({"persona": "ada"}, "---\ntitle: Ada\n---\n", True),
        ({"persona": "ada"}, "You are Ada.\n", True),
        ({"persona": "ada", "skills": ["pdf"]}, "You are Ada.\n", False),
        ({"persona": "ada"}, "---\nskills: []\n---\n", False),
        ({}, "You are Ada.\n", False),
    ],
    ids=["no key", "no front matter", "a list of its own", "an empty list", "no persona"],
)
def test_a_persona_without_a_list(
    tmp_path: pathlib.Path, agent: Mapping[str, Any], persona: str, told: bool, command: str
) -> None:
    sources = [{"repo": "acme/base", "ref": "main", "personasSubdir": "personas"}]
    listed = Agents(tmp_path, {"name": "one", **agent}, sources=sources)
    listed.has(skill("pdf", "Reads PDF files."), {"personas/ada.md": persona})
    ran = listed.run(*(["--agent", "one"] if command == "catalog" else []), command=command)
    words = (
        "values.yaml:17:18: warning OVL616: the persona 'ada' of the agent 'one' lists no skills: its front matter has "
        "no key skills, and without a list the agent has all skills\n"
        "  hint: list them there, or here; skills: ['*'] says that it is meant\n"
    )
    assert (words in (ran.stderr if command == "catalog" else ran.stdout).decode()) is told
    assert ("OVL616" in ran.told + ran.stdout.decode()) is told


@pytest.mark.parametrize("command", ["validate", "lint"])
def test_a_source_that_preloads_what_it_has_not(tmp_path: pathlib.Path, command: str) -> None:
    sources = [{"repo": "acme/base"}, {"repo": "acme/team", "skillsPreload": ["pdf", "web"]}]
    listed = Agents(tmp_path, {"name": "one"}, sources=sources)
    listed.has(skill("pdf", "Reads PDF files."))
    listed.has(skill("web", "Reads pages."), repo="acme/team")
    ran = listed.run(command=command)
    assert ran.code == 1
    assert "error OVL611: 'acme/team' has no skill 'pdf': a source preloads skills of its own\n" in ran.stdout.decode()
    assert ran.stdout.decode().count("OVL611") == 1


def test_without_findings_all_is_well(tmp_path: pathlib.Path) -> None:
    listed = three(tmp_path, {"name": "one", "skills": ["pdf", "*-db"], "preload": ["pdf"], "budget": {"tokens": 400}})
    ran = listed.run(command="validate")
    assert (ran.code, ran.stdout, ran.told) == (0, b"", "0 errors, 0 warnings\n")


def test_validate_with_checkouts_that_lack_a_source(tmp_path: pathlib.Path) -> None:
    ran = Agents(tmp_path, {"name": "one"}).run(command="validate")
    assert ran.code == 1
    assert "OVL501" in ran.stdout.decode()
