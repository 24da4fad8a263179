"""Hostile files cost linear time and give findings, never a traceback."""

from __future__ import annotations

import pathlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlays.content.hygiene import file as hygiene
from overlays.content.hygiene import grants, speech
from overlays.content.hygiene.place import MOST
from tests.unit.content.hygiene.test_rows import lint, skill
from tests.unit.content.hygiene.test_secrets import drawn

MIB = 1 << 20
PIECES = [
    *(
        "curl ",
        "curl|",
        "curl x |",
        "| ",
        "|sudo ",
        "|sudo -",
        "| sudo -u a A=b ",
        "a/",
        "base64 -d ",
        "base64 -",
        "iex ",
        "iex(",
    ),
    *(
        "eval ",
        'eval "$(',
        "bash <(",
        "bash -x ",
        ". ",
        "-c `",
        "&&",
        ";",
        "\\\n",
        "curl \\\n",
        "npx ",
        "npx -y ",
        "npx -p ",
        "npx a b ",
    ),
    *(
        "](",
        "](<",
        "](a",
        "](a)",
        "](a(",
        "[x]:",
        "[x]: a\n",
        "[",
        "`",
        "``",
        "``` ",
        "```\n",
        "~~~\n",
        "`a` ",
        "![",
        "> ",
    ),
    *("key", "key=", 'key="', "key = ", "token: a1", "token-", "secret", "passw_", "-----BEGIN ", "-----BEGIN A "),
    *("ghp" + "_", "ghp" + "_a", "sk" + "-", "eyJ", "eyJa.", "AKIA", "xox" + "b-", "SG" + ".a", "pypi" + "-AgE"),
    *(
        "\u202e",
        "\u202e\n",
        "\u200b",
        "\ufe0f",
        "\u2764\ufe0f\u200d",
        "\x01",
        "\x01\n",
        "\u0130",
        "é",
        "a" * 50 + " ",
        "\r",
        "\r\n",
    ),
    *(
        "curl x -o a\n",
        "curl -o a;",
        "curl x > a;sh b\n",
        "wget http://a/b\n",
        "sh a\n",
        "deno run ",
        "deno -a ",
        "| /a/",
    ),
    *(" ", "\t", "\n", "a", "references/", "%2e", "../", "#", "-", "---\n", "x" * 4000 + "\n"),
]


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_a_mebibyte_of_one_piece(piece: str) -> None:
    name = "SKILL.md" if PIECES.index(piece) % 2 else "a.sh"
    data = f"curl base64 npx key {drawn(20)} `{piece * (MIB // len(piece.encode()))}".encode()  # every check looks on
    start = time.process_time()
    hygiene.look(name, data, cut=False)
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    "piece", ["curl ", "](a", "`", "key=", "npx ", "|sudo -", "\u202e\n", "eyJ", "[x]: a\n"], ids=ascii
)
def test_four_times_as_much_takes_about_four_times_as_long(piece: str) -> None:
    def of(size: int) -> float:
        data = (piece * (size // len(piece.encode()))).encode()
        taken = []
        for _ in range(2):
            start = time.process_time()
            hygiene.look("SKILL.md", data, cut=False)
            taken.append(time.process_time() - start)
        return min(taken)

    assert of(MIB // 2) < 0.2 + 8 * of(MIB // 8)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12), st.binary(max_size=20), st.booleans())
def test_any_text_gives_remarks_with_places_in_it(pieces: list[str], raw: bytes, cut: bool) -> None:
    for data in ("".join(pieces).encode(), "".join(pieces).encode() + raw):
        for name in ("SKILL.md", "a.sh", "a", "a.png"):
            lines = data.decode(errors="replace").split("\n")
            for one in hygiene.look(name, data, cut=cut).remarks:
                assert one.what.isprintable()
                assert one.line <= len(lines)
                assert one.column <= len(lines[max(one.line, 1) - 1]) + 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_description_and_any_grants_are_read(text: str) -> None:
    list(speech.of_description(text))
    list(grants.of_grants(text, frozenset({"a"})))


@pytest.mark.parametrize(
    "piece", ["ignore ", "always use", "[", "![", "](", "**", "<", "not use user ", "\u2028", "(", "a,", "Bash("]
)
def test_a_long_description_and_long_grants(piece: str) -> None:
    start = time.process_time()
    list(speech.of_description(piece * (65_536 // len(piece))))
    list(grants.of_grants(piece * (65_536 // len(piece)), frozenset({"a"})))
    assert time.process_time() - start < 2


def test_of_one_kind_a_hundred_are_told_and_that_there_are_more(tmp_path: pathlib.Path) -> None:
    found = lint(tmp_path, {"a.md": "\u202e\n" * 1000, "b.md": "\u202e\n" * (MOST + 1)})
    assert len(found) == 2 * (MOST + 1)
    assert [one.what for one in found if one.where.line == MOST + 1] == [
        "the line holds U+202E, and perhaps more below: 100 are told of one file"
    ] * 2


def test_aliases_repeat_nothing(tmp_path: pathlib.Path) -> None:
    bomb = "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 200))
    start = time.process_time()
    found = lint(tmp_path, {"SKILL.md": skill(extra=f'metadata:\n  a0: &a0 "\\u202e"\n{bomb}')})
    assert [one.what for one in found if one.code == "OVL570"] == ["metadata.a0 holds U+202E"]
    assert time.process_time() - start < 5
