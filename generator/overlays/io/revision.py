"""Files of the user's own repository as they were: `git` is asked, which reads and runs nothing else."""

from __future__ import annotations

import os
import pathlib
from typing import TYPE_CHECKING, Final, NoReturn

from overlays.errors import InvalidInput
from overlays.io.codes import GIT_FAILED, NOT_IN_HISTORY, UNREADABLE
from overlays.io.source import MAX_BYTES
from overlays.model.finding import Finding, Location
from overlays.model.quoted import quoted

if TYPE_CHECKING:
    import subprocess

_KEPT: Final = (
    "GIT_CONFIG_",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)
"""How the variables begin that say where the user's settings are, and where more objects are: those only add
commits that can be named by id. All other GIT_… of a caller (a hook has many) mean another command than ours."""

_OURS: Final = {
    "GIT_ALLOW_PROTOCOL": "none",  # what a partial clone lacks stays away: nothing goes over the network
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def commit_of(revision: str, folder: pathlib.Path, where: Location) -> str:
    """The full id of the commit that a revision names, as git in that folder reads it.

    where: the place that a finding names.
    Raises InvalidInput OVL421: git cannot be asked here. OVL422: there is no such commit.
    """
    if not revision or revision.startswith("-") or not revision.isprintable():
        _refuse(
            where, f"{quoted(revision)} is no revision", "git would not take it for one", "name a branch, tag or commit"
        )
    done = ask_git(folder, where, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    commit = done.stdout.decode("ascii", "replace").strip()
    if done.returncode not in (0, 1) and done.stderr:
        _fail(where, done.stderr)
    if done.returncode or not commit.isalnum():
        why = "the repository here has no such branch, tag or commit"
        _refuse(
            where, f"there is no commit {quoted(revision)}", why, "fetch it first: a shallow clone has only the newest"
        )
    return commit


def read_file(commit: str, path: str, folder: pathlib.Path, where: Location) -> bytes | None:
    """The bytes of a file in a commit, as they are stored; None when it has no such path.

    path: from the top of the repository, or from `folder` when it begins with "./" or "../": git's own rule. Symbolic
        links that stay in the repository are followed.
    Raises InvalidInput OVL421: git cannot be asked. OVL422: no file. OVL101: larger than MAX_BYTES.
    """
    if "\n" in path or "\0" in path:
        return None
    question = os.fsencode(f"{commit}:{path}\n")
    done = ask_git(folder, where, "cat-file", "--batch-check", "--follow-symlinks", stdin=question)
    if done.returncode:
        _fail(where, done.stderr)
    words = done.stdout.split(b"\n", 1)[0].split(b" ")
    if words[0] in (b"symlink", b"dangling", b"loop", b"notdir") and len(words) == 2:
        why = "it does not lead to a file of that commit"
        _refuse(where, f"{quoted(path)} is a symbolic link that cannot be followed", why, "name the file itself")
    if words[-1] == b"missing":
        if ask_git(folder, where, "rev-parse", "--verify", "--quiet", f"{commit}:{path}").returncode == 0:
            why = f"{quoted(path)} is there, but not what it holds: it is a submodule, or the clone is a partial one"
            raise InvalidInput(Finding(where, GIT_FAILED, "", "git cannot be asked", why, "fetch what is missing"))
        return None
    name, kind, size = words
    if kind != b"blob":
        _refuse(where, f"{quoted(path)} is no file", "at that commit it is a directory", "name a file in it")
    if int(size) > MAX_BYTES:
        why = f"a file has at most {MAX_BYTES // (1024 * 1024)} MiB"
        raise InvalidInput(Finding(where, UNREADABLE, "", f"{quoted(path)} is too large", why, "name another one"))
    done = ask_git(folder, where, "cat-file", "blob", name.decode("ascii"))
    if done.returncode:
        _fail(where, done.stderr)
    return done.stdout


def ask_git(
    folder: pathlib.Path, where: Location, *arguments: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder, whatever its exit status. Raises InvalidInput OVL421: it cannot be run."""
    import subprocess  # only who names a revision pays for it

    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name.startswith(_KEPT)}
    try:
        return subprocess.run(  # noqa: S603  (a list, no shell)
            ["git", "--no-pager", *arguments],  # noqa: S607  (the user's own git)
            input=stdin,
            capture_output=True,
            cwd=folder,
            env={**kept, **_OURS},
            check=False,
        )
    except FileNotFoundError:
        why = "there is no program git" if folder.is_dir() else f"there is no directory {quoted(str(folder))}"
        hint = "install git" if folder.is_dir() else "check the spelling"
        raise InvalidInput(Finding(where, GIT_FAILED, "", "git cannot be asked", why, hint)) from None
    except OSError as error:
        why, hint = (error.strerror or str(error)).lower(), "see that git can be started here"
        raise InvalidInput(Finding(where, GIT_FAILED, "", "git cannot be asked", why, hint)) from None


def _fail(where: Location, told: bytes) -> NoReturn:
    """What git said, in its first line."""
    lines = told.decode("utf-8", "replace").strip().splitlines() or ["it says nothing about it"]
    why = lines[0].removeprefix("fatal: ").removeprefix("error: ")
    hint = "see what `git log` says here"
    if "not a git repository" in why:
        why, hint = "this directory is in no git repository", "run it inside of the repository"
    elif "dubious ownership" in why:
        folder = why.rpartition(" at ")[2] if " at " in why else why.rpartition(" in ")[2]
        folder = folder.removeprefix("repository ")
        why = "the repository belongs to another user, so git does not read it"
        hint = f"if you trust it: git config --global --add safe.directory {folder}"
    raise InvalidInput(Finding(where, GIT_FAILED, "", "git cannot be asked", why, hint))


def _refuse(where: Location, what: str, why: str, hint: str) -> NoReturn:
    raise InvalidInput(Finding(where, NOT_IN_HISTORY, "", what, why, hint))
