"""`overlays skills cat`: what a model is given, and what it is told when it is given nothing."""

from __future__ import annotations

import json
import pathlib

import pytest

from tests.support.checkouts import List, skill, write
from tests.support.overlays import Ran, overlays

DATA = b"\x89PNG\r\n\0\xff\xfe\xed\xa0\x80 caf\xc3\xa9\n"
REFUSED = (
    "SKILL PATH: error OVL630: there is no such file: "
    "no skill that is served has a file of that name that can be read\n"
    "  hint: name a skill, and the path of a file in it as SKILL.md names it\n"
)
TOO_LARGE = (
    "SKILL PATH: error OVL631: the file is too large: a file of more than 1 MiB is not printed\n"
    "  hint: split it, or leave it out\n"
)


@pytest.fixture
def listed(tmp_path: pathlib.Path) -> List:
    """A skill of two sources, one that cannot be served, and files around them."""
    listed = List(tmp_path, "acme/base", "acme/extra")
    listed.has("acme/base", skill("pdf", "base"), skill("web"), {".agents/skills/pdf/only.txt": "of the loser"})
    listed.has("acme/extra", skill("pdf", "extra\n"), {".agents/skills/web/SKILL.md": "broken"})
    files: dict[str, str | bytes] = {"refs/data.bin": DATA, "over": b"x" * ((1 << 20) + 1), "--help": "a file"}
    pdf = listed.checkouts / "acme/extra/.agents/skills/pdf"
    write(pdf, files)
    (pdf / "out").symlink_to("../../../secret")
    write(listed.checkouts, {"acme/extra/secret": "secret", "secret": "secret"})
    return listed


def cat(listed: List, *arguments: str) -> Ran:
    given = ("skills", "cat", "-f", "values.yaml", "--checkouts", "checkouts", *arguments)
    return overlays(*given, cwd=listed.folder)


@pytest.mark.parametrize(
    ("path", "want"),
    [
        ("SKILL.md", b"---\nname: pdf\n---\nextra\n"),
        ("refs/data.bin", DATA),
        ("./refs//absent/../data.bin", DATA),
        ("--help", b"a file"),
    ],
)
def test_a_file_of_the_winner_is_printed_byte_for_byte(listed: List, path: str, want: bytes) -> None:
    assert cat(listed, "--", "pdf", path) == (0, want, b"")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("pdf", "absent"),
        ("pdf", "only.txt"),
        ("pdf", "out"),
        ("pdf", "../../../secret"),
        ("pdf", "/etc/passwd"),
        ("pdf", ""),
        ("pdf", "refs"),
        ("pdf", "caf\udce9\n\x1b[31m"),
        ("web", "SKILL.md"),
        ("absent", "SKILL.md"),
        ("", "SKILL.md"),
        ("../secret", "SKILL.md"),
        ("pdf/refs", "data.bin"),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(listed: List, name: str, path: str) -> None:
    assert cat(listed, "--", name, path) == (1, b"", REFUSED.encode())


def test_a_large_file_is_told_from_those(listed: List) -> None:
    assert cat(listed, "pdf", "over") == (1, b"", TOO_LARGE.encode())


@pytest.mark.parametrize(
    ("name", "path", "why"),
    [
        ("pdf", "absent", "'pdf' 'absent': no such file or directory\n"),
        ("pdf", "out", "'pdf' 'out': a link leaves the skill\n"),
        ("pdf", "../a\x1b[31m", "'pdf' '../a\\x1b[31m': the path leaves the skill\n"),
        ("no\nsuch", "a", "'no\\nsuch' 'a': no source has a skill of the name\n"),
        (
            "web",
            "a",
            "'web' 'a': nothing is served under the name: acme/extra: .agents/skills/web: SKILL.md does not begin with "
            "a line ---\n",
        ),
    ],
)
def test_the_operator_is_told_why(listed: List, name: str, path: str, why: str) -> None:
    assert cat(listed, "--verbose", name, path) == (1, b"", (why + REFUSED).encode())


@pytest.fixture
def agents(listed: List) -> List:
    """The same with agents, one of which gets copies under other names."""
    file = listed.folder / "values.yaml"
    named = [
        {"name": "reviewer", "skills": ["pdf"], "mountAs": {"skills": "team"}},
        {"name": "writer", "skills": ["web", "pdf"]},
        {"name": "none", "skills": []},
    ]
    file.write_text(json.dumps({**json.loads(file.read_text()), "agents": named}))
    return listed


@pytest.mark.parametrize(
    ("agent", "name", "path", "want"),
    [
        ("reviewer", "pdf", "SKILL.md", b"---\nname: team-pdf\n---\nextra\n"),
        ("reviewer", "team-pdf", "./SKILL.md", b"---\nname: team-pdf\n---\nextra\n"),
        ("reviewer", "team-pdf", "refs/data.bin", DATA),
        ("writer", "pdf", "SKILL.md", b"---\nname: pdf\n---\nextra\n"),
    ],
)
def test_an_agent_is_given_its_copy(agents: List, agent: str, name: str, path: str, want: bytes) -> None:
    assert cat(agents, "--agent", agent, name, path) == (0, want, b"")


@pytest.mark.parametrize(
    ("agent", "name", "path"),
    [
        ("none", "pdf", "SKILL.md"),
        ("writer", "team-pdf", "SKILL.md"),
        ("writer", "web", "SKILL.md"),
        *(
            ("reviewer", "team-pdf", path)
            for path in (
                "../secret.txt",
                "./../secret.txt",
                "refs/../../secret.txt",
                "./refs/../../secret.txt",
                "refs/./../../secret.txt",
                "../team-pdf/SKILL.md",
            )
        ),
    ],
)
def test_an_agent_is_given_nothing_else(agents: List, agent: str, name: str, path: str) -> None:
    assert cat(agents, "--agent", agent, name, path) == (1, b"", REFUSED.encode())


def test_there_is_no_such_agent(agents: List) -> None:
    ran = cat(agents, "--agent", "absent", "pdf", "SKILL.md")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "--agent: error OVL619: " in ran.told


def test_nothing_is_printed_of_values_that_are_wrong(listed: List) -> None:
    ran = cat(listed, "--set", "overlays.sources[0].repo=", "pdf", "SKILL.md")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "OVL" in ran.told


def test_wrong_usage(listed: List) -> None:
    for arguments in ([], ["pdf"], ["pdf", "a", "b"]):
        assert cat(listed, *arguments).code == 64
