"""`--builtins`: skills that a consumer has anyhow, in the catalog and for patterns."""

from __future__ import annotations

import os
import pathlib

import pytest

from tests.support.agents import ESTIMATE, HEAD, three
from tests.support.checkouts import write

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
