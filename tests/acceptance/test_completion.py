"""Completion in shells: bash for real, the others by what their scripts ask."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from tests.support.overlays import overlays

BIN = pathlib.Path(sys.executable).parent
COMPLETE = """\
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_overlays_completion overlays
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    file = tmp_path_factory.mktemp("completion") / "overlays.bash"
    file.write_bytes(overlays("completion", "bash").stdout)
    return file


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["re"], ["render", "report"]),
        (["render", ""], ["env", "values", "manifest", "skills"]),
        (["validate", "--output", "j"], ["json", "junit"]),
        (["validate", "--st"], ["--strict"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
    ],
)
def test_bash_completes(script: pathlib.Path, words: list[str], offered: list[str]) -> None:
    command = ["bash", "--norc", "-c", COMPLETE, "bash", str(script), "overlays", *words]
    done = subprocess.run(command, env={"PATH": f"{BIN}:/usr/bin:/bin"}, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split()) == sorted(offered)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("shell", "words", "offered"),
    [
        ("zsh", {"COMP_WORDS": "overlays ren", "COMP_CWORD": "1"}, b"plain\nrender\n"),
        ("zsh", {"COMP_WORDS": "overlays validate -f va", "COMP_CWORD": "3"}, b"file\nva\n"),
        ("zsh", {"COMP_WORDS": "overlays migrate va", "COMP_CWORD": "2"}, b"file\nva\n"),
        ("zsh", {"COMP_WORDS": "overlays explain --checkouts ch", "COMP_CWORD": "3"}, b"file\nch\n"),
        ("fish", {"COMP_WORDS": "overlays ren", "COMP_CWORD": "ren"}, b"plain,render\t"),
        ("bash", {"COMP_WORDS": "overlays validate -f va", "COMP_CWORD": "3"}, b"file,va\n"),
    ],
)
def test_the_scripts_get_answers(shell: str, words: dict[str, str], offered: bytes) -> None:
    ran = overlays(env={**words, "_OVERLAYS_COMPLETE": f"{shell}_complete"})
    assert ran.stdout.startswith(offered)
    assert ran.told == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_asks_the_program(shell: str) -> None:
    ran = overlays("completion", shell)
    assert ran.code == 0
    assert f"_OVERLAYS_COMPLETE={shell}_complete" in ran.stdout.decode()
    assert ran.told == ""


def test_another_shell_is_wrong_usage() -> None:
    ran = overlays("completion", "tcsh")
    assert ran.code == 64
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in ran.told
