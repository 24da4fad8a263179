"""`.ci/packages`: Debian packages that a target of make needs."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest

from tests.support.helm import ROOT
from tests.support.overlays import Ran

APT = """\
#!/bin/sh
echo "$*" >>{log}
case " $* " in
*" update "*) exit 0 ;;
*" gone "*) echo 'E: Unable to locate package gone' >&2; exit 100 ;;
*" late "*) grep -q update {log} || exit 100 ;;
esac
"""


class Machine:
    """A machine with dpkg and apt-get that write down what they are asked; `user` is whoever runs the script."""

    def __init__(self, folder: pathlib.Path, user: int) -> None:
        self.log = folder / "log"
        self.log.touch()
        self.path = f"{folder}:{os.environ['PATH']}"
        self.scratch = folder
        for name, text in (
            ("id", f"#!/bin/sh\necho {user}\n"),
            ("dpkg-query", '#!/bin/sh\ncase "$*" in *" there") echo installed ;; *) exit 1 ;; esac\n'),
            ("apt-get", APT.format(log=self.log)),
        ):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)

    def wants(self, *names: str) -> Ran:
        done = subprocess.run(
            [ROOT / ".ci" / "packages", *names],
            env={**os.environ, "PATH": self.path, "TMPDIR": str(self.scratch)},
            capture_output=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @property
    def asked(self) -> list[str]:
        """What apt-get was asked, without its options."""
        return [line.partition("-qq ")[2] for line in self.log.read_text().splitlines()]


@pytest.mark.parametrize("user", [0, 1000])
def test_what_is_there_is_left_alone(tmp_path: pathlib.Path, user: int) -> None:
    machine = Machine(tmp_path, user)
    # By its package; by the command of its name; by the command that is named.
    assert machine.wants("there", "sh", "no-such-package:sh") == Ran(0, b"", b"")
    assert machine.asked == []


def test_root_installs_what_is_missing_in_one_go(tmp_path: pathlib.Path) -> None:
    machine = Machine(tmp_path, 0)
    assert machine.wants("one", "there", "two:no-such-command") == Ran(0, b"installing one two (once)\n", b"")
    assert machine.asked == ["install --yes --no-install-recommends one two"]


def test_an_old_index_is_brought_up_to_date(tmp_path: pathlib.Path) -> None:
    machine = Machine(tmp_path, 0)
    assert machine.wants("late").code == 0
    assert [line.split()[0] for line in machine.asked] == ["install", "update", "install"]


def test_a_user_is_told_what_is_lacking_in_one_sentence(tmp_path: pathlib.Path) -> None:
    machine = Machine(tmp_path, 1000)
    ran = machine.wants("one", "there", "two:no-such-command")
    assert (ran.code, ran.stdout, machine.asked) == (1, b"", [])
    assert ran.told == (
        "make: one two cannot be had: only root can install, with apt-get of Debian; "
        "install what is missing, or put its commands on PATH\n"
    )


def test_so_is_root_when_the_archive_has_no_such_package(tmp_path: pathlib.Path) -> None:
    ran = Machine(tmp_path, 0).wants("gone")
    assert ran.code == 1
    assert ran.told == (
        "make: gone cannot be had: apt-get failed: E: Unable to locate package gone; "
        "install what is missing, or put its commands on PATH\n"
    )
