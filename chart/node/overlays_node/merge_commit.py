"""The commit of a merged directory: made by git of objects that the members' stores hold, and its small .git."""

# Paths are bytes and text, and go by os calls.
# ruff: noqa: PTH123

from __future__ import annotations

import itertools
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence

from overlays_node.git import Git
from overlays_node.listing import CHUNK, hash_of
from overlays_node.merge_ids import SECONDS, askable, ids_of
from overlays_node.trees import git_config, git_texts, write_file

BRANCH = "refs/heads/merged"  # while the commit is made; nothing is left of it
WHO = "agent-overlays <agent-overlays@localhost> 0 +0000"
ATTRIBUTES = "* -text !ident !filter !working-tree-encoding\n"  # files are as they are, whatever theirs say
AT_ONCE = 20_000  # paths whose ids are asked for together
FILE, EXECUTABLE, LINK, FOLDER = b"100644", b"100755", b"120000", b"040000"


class Entries:
    """What a commit is to hold, path by path; on disk, so that it costs no memory. Close it with `with`."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._asked = tempfile.TemporaryFile(dir=git.scratch)  # noqa: SIM115  (closed by __exit__)
        self._lines = tempfile.TemporaryFile(dir=git.scratch)  # noqa: SIM115
        self._places: list[str] = []

    def __enter__(self) -> Entries:
        return self

    def __exit__(self, *_: object) -> None:
        self._asked.close()
        self._lines.close()

    def take(self, path: str, mode: bytes, commit: str, where: str, real: str) -> None:
        """Let `path` be the file that is at `where` in a commit; `real` is the same file on the disk."""
        if not askable(where):
            with open(real, "rb") as file:
                blob = hash_of(iter(lambda: file.read(CHUNK), b""), os.fstat(file.fileno()).st_size)
            self._lines.write(b"M %b %b %b\n" % (mode, blob, quoted(path)))
        else:
            self._asked.write(os.fsencode(f"{commit}:{where}\n"))
            self._lines.write(b"T %b - %b\n" % (mode, quoted(path)))

    def take_folder(self, path: str, commit: str, where: str) -> None:
        """Let `path` be the folder that is at `where` in a commit, with all that is in it. `where` must be askable."""
        self.take(path, FOLDER, commit, where, "")

    def put_link(self, path: str, target: bytes) -> None:
        """Let `path` be a link with that text."""
        self._lines.write(b"L %b %b %b\n" % (LINK, target.hex().encode(), quoted(path)))

    def put_file(self, path: str, place: str) -> None:
        """Let `path` be the file that is on the disk at that place, and that no store has."""
        self._lines.write(b"F %b %d %b\n" % (FILE, len(self._places), quoted(path)))
        self._places.append(place)

    def stream(self, git_dir: pathlib.Path, message: bytes, look: Callable[[], None]) -> Iterator[bytes]:
        """All of it as one commit, in the language of `git fast-import`. `look` is called for each path.

        Raises GitError, DamageError.
        """
        who = WHO.encode()
        yield b"commit %b\nmark :1\nauthor %b\ncommitter %b\n" % (BRANCH.encode(), who, who)
        yield b"data %d\n%b\n" % (len(message), message)
        self._asked.seek(0)
        self._lines.seek(0)
        while lines := [*itertools.islice(self._lines, AT_ONCE)]:
            taken = sum(line.startswith(b"T") for line in lines)
            asked = [line.rstrip(b"\n") for line in itertools.islice(self._asked, taken)]
            ids = iter(ids_of(self._git, git_dir, asked, look))
            for line in lines:
                look()
                yield from self._change(line.rstrip(b"\n"), ids)
        yield b"get-mark :1\ndone\n"

    def _change(self, line: bytes, ids: Iterator[bytes]) -> Iterator[bytes]:
        kind, mode, what, path = line.split(b" ", 3)
        if kind == b"L":
            target = bytes.fromhex(what.decode())
            yield b"M %b inline %b\ndata %d\n%b\n" % (mode, path, len(target), target)
        elif kind == b"F":
            yield b"M %b inline %b\n" % (mode, path)
            yield from _data(self._places[int(what)])
        else:
            yield b"M %b %b %b\n" % (mode, next(ids) if kind == b"T" else what, path)


def _data(place: str) -> Iterator[bytes]:
    with open(place, "rb") as file:
        yield b"data %d\n" % os.fstat(file.fileno()).st_size
        yield from iter(lambda: file.read(CHUNK), b"")
    yield b"\n"


def quoted(path: str) -> bytes:
    """A path as `git fast-import` reads any of them."""
    plain = os.fsencode(path)
    return b'"' + b"".join(b"\\%03o" % one if one < 32 or one in b'"\\' else bytes([one]) for one in plain) + b'"'


def message_of(commits: Mapping[str, str]) -> bytes:
    """What the commit says of where its content is from. `commits`: repo -> commit, in the order of the sources."""
    lines = [f"{repo} {commit}" for repo, commit in commits.items()]
    return "\n".join(["What won of these commits, the last one first asked", "", *lines, ""]).encode()


def alternates(keys: Sequence[str]) -> str:
    """The way to the stores of these members: relative, from .trees/<key>/<commit>, for any mount."""
    return "".join(f"../../../../../.store/{key}.git/objects\n" for key in keys)


def write(
    git: Git,
    folder: pathlib.Path,
    repo: str,
    entries: Entries,
    commits: Mapping[str, str],
    look: Callable[[], None],
    *,
    own_objects: bool,
) -> str:
    """Make the .git of a merged directory, whose files are there; the id of its commit.

    `folder` lies as deep below the root as its final place. With `own_objects` nothing outside it is needed. `look` is
    called again and again. Raises GitError, DamageError, OSError: of no use.
    """
    place = folder / ".git"
    stores = alternates([one.replace("/", "%2F") for one in commits])
    begin(place, stores)
    with tempfile.TemporaryFile(dir=git.scratch) as stream:
        stream.writelines(entries.stream(place, message_of(commits), look))
        stream.seek(0)
        args = ["fast-import", "--quiet", "--done", "--date-format=raw"]
        commit = git.run(args, git_dir=place, timeout=SECONDS, stdin=stream, watch=look).decode().strip()
    if own_objects:
        git.run(["repack", "-a", "-d", "-n", "--quiet"], git_dir=place, timeout=SECONDS, watch=look)
        (place / "objects/info/alternates").unlink()
    git.run(["read-tree", commit], git_dir=place, timeout=SECONDS, watch=look)
    for name in (BRANCH, "HEAD", "config"):
        (place / name).unlink()
    (place / BRANCH).parent.rmdir()
    _put(place, fixed_texts(repo, commit))
    return commit


def fixed_texts(repo: str, commit: str) -> dict[str, str]:
    """The files of that .git that follow from the commit. As a shallow one, git does not clone it file by file.

    That would take the relative way to the stores for one from the path that it was given, which may go by a link.
    """
    return {**git_texts(commit, None), "config": git_config(repo), "info/attributes": ATTRIBUTES}


def begin(place: pathlib.Path, stores: str) -> None:
    """An empty repository that finds the objects of these stores."""
    (place / "objects" / "info").mkdir(parents=True)
    (place / "objects" / "pack").mkdir()
    for name in ("info", "refs"):
        (place / name).mkdir()
    bare = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"  # so that git keeps no log of references
    _put(place, {"HEAD": f"ref: {BRANCH}\n", "config": bare, "objects/info/alternates": stores})


def _put(place: pathlib.Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        write_file(os.fsencode(place / name), 0o444, [text.encode()])
