"""The same input gives the same bytes, whatever surrounds the process (invariant 5)."""

from __future__ import annotations

import os
import pathlib
import pty
import subprocess
import sys
import tty
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.support import golden, interpreters
from tests.support.overlays import Ran, overlays

CASES: Final = (
    "refused-unknown-keys",
    "sandbox-extra-env-texts",
    "sources-unicode",
    "visibility-private-wins",
    "yaml-anchors-and-merges",
)
every_case = pytest.mark.parametrize("case", [golden.GOLDEN / name for name in CASES], ids=CASES)


def installed_locales() -> list[str]:
    """The locales of this machine that are not UTF-8, and one that it need not have."""
    listed = (
        subprocess.run(["locale", "-a"], capture_output=True, check=False).stdout.decode("ascii", "replace").split()
    )
    return [*[name for name in listed if "utf" not in name.lower()][:5], "de_DE.ISO-8859-1"]


SURROUNDINGS: Final[dict[str, dict[str, str]]] = {
    **{f"hash seed {seed}": {"PYTHONHASHSEED": seed} for seed in ("0", "1", "4294967295", "random")},
    **{f"locale {name}": {"LC_ALL": name, "PYTHONUTF8": "0"} for name in ("C.UTF-8", *installed_locales())},
    "no coercion of the locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "encoding of streams": {"PYTHONIOENCODING": "utf-16"},
    "time zone": {"TZ": "Pacific/Kiritimati"},
    "terminal": {"TERM": "dumb", "COLUMNS": "20", "LINES": "5", "NO_COLOR": "1"},
    "colour": {"TERM": "xterm-256color", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"},
    "unbuffered": {"PYTHONUNBUFFERED": "1"},
    "optimized": {"PYTHONOPTIMIZE": "2"},
    "development mode": {"PYTHONDEVMODE": "1"},
    "home": {"HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent"},
}


def kept(case: pathlib.Path, name: str) -> Ran:
    """What the golden case says that `overlays render` leaves."""
    files = golden.outputs(case)
    return Ran(int(files["code"]), files.get(name, b""), files["err.txt"])


def render(case: pathlib.Path, name: str, env: dict[str, str], python: str = sys.executable) -> Ran:
    return overlays("render", *golden.PRINTED[name], *golden.arguments(case), cwd=case, env=env, python=python)


@pytest.mark.parametrize("env", SURROUNDINGS.values(), ids=SURROUNDINGS)
@every_case
def test_surroundings_change_no_byte(case: pathlib.Path, env: dict[str, str]) -> None:
    assert render(case, "env.json", env) == kept(case, "env.json")


@pytest.mark.parametrize("seed", ["0", "random"])
@pytest.mark.parametrize("name", ["agent.json", "values.out.yaml", "manifest.json"])
@every_case
def test_hash_seeds_change_no_byte_of_the_other_outputs(case: pathlib.Path, name: str, seed: str) -> None:
    assert render(case, name, {"PYTHONHASHSEED": seed}) == kept(case, name)


@every_case
def test_the_working_directory_changes_no_byte(case: pathlib.Path, tmp_path: pathlib.Path) -> None:
    far = tmp_path / "a b" / "é"
    far.mkdir(parents=True)
    assert render(golden.copy(case, far), "env.json", {}) == kept(case, "env.json")
    absolute = overlays("render", "env", "-f", str(case / "values.yaml"), cwd=far)
    assert absolute.stdout == kept(case, "env.json").stdout


@every_case
def test_a_terminal_gets_what_a_pipe_gets(case: pathlib.Path) -> None:
    command = [sys.executable, "-m", "overlays", "render", "env", *golden.arguments(case)]
    out, err = pty.openpty(), pty.openpty()
    for _, side in (out, err):
        tty.setraw(side)  # or the terminal itself would turn every line feed into two bytes
    with subprocess.Popen(command, cwd=case, stdin=out[1], stdout=out[1], stderr=err[1]) as process:
        os.close(out[1])
        os.close(err[1])
        with ThreadPoolExecutor() as pool:  # at once, or a full terminal would stop the process
            stdout, stderr = pool.map(read_all, (out[0], err[0]))
    assert Ran(process.returncode, stdout, stderr) == kept(case, "env.json")


def read_all(descriptor: int) -> bytes:
    """Everything that comes from the other side of a terminal until it is closed."""
    parts = []
    with os.fdopen(descriptor, "rb", buffering=0) as terminal:
        while True:
            try:
                part = terminal.read(1 << 16)
            except OSError:  # Linux: the last writer is gone
                break
            if not part:
                break
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("version", sorted(interpreters.found()))
def test_every_interpreter_prints_the_same_bytes(version: str) -> None:
    python = interpreters.environment(version)
    env = {"PYTHONPATH": interpreters.SOURCES, "PYTHONDONTWRITEBYTECODE": "1"}
    for case in (golden.GOLDEN / name for name in CASES):
        for name in golden.PRINTED:
            assert render(case, name, env, python) == kept(case, name), f"{case.name}/{name}"


@pytest.mark.parametrize("env", [SURROUNDINGS["no coercion of the locale"], {"LC_ALL": "C.UTF-8"}], ids=["C", "UTF-8"])
def test_names_of_files_are_utf8_in_every_locale(tmp_path: pathlib.Path, env: dict[str, str]) -> None:
    (tmp_path / "values.yaml").write_text("overlays:\n  sources:\n    - repo: acme/one\n")
    skill = tmp_path / "checkouts" / "acme" / "one" / ".agents" / "skills" / "café"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: café\ndescription: Ü.\n---\nx\n", encoding="utf-8")
    ran = overlays("catalog", "-f", "values.yaml", "--checkouts", "checkouts", cwd=tmp_path, env=env)
    assert (ran.code, ran.stdout.decode().splitlines()[-1:]) == (0, ["- **café**: Ü."])
