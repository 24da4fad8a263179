"""Reading a file of a skill by a path that a model chose: the matrix of requests, and what changes during a read."""

from __future__ import annotations

import os
import pathlib
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from overlays.content.skill import resource
from overlays.content.skill.resource import ResourceError, TooLargeError, read
from tests.support.checkouts import write

SKILL = ".agents/skills/pdf"
FILES: dict[str, str | bytes] = {
    f"{SKILL}/SKILL.md": "---\nname: pdf\n---\n",
    f"{SKILL}/a.txt": "a",
    f"{SKILL}/references/data.txt": "references",
    f"{SKILL}/refs/data.txt": "refs",
    f"{SKILL}/.hidden/.env": "hidden",
    f"{SKILL}/_draft.md": "draft",
    f"{SKILL}/image.png": b"\x89PNG\r\n\x1a\n\0\xff\xfe",
    f"{SKILL}/empty": "",
    f"{SKILL}/..data": "two dots",
    f"{SKILL}/a b\n*?[é": "odd",
    f"{SKILL}/caf\udce9": "not UTF-8",
    f"{SKILL}/%2e%2e/x": "percent",
    f"{SKILL}/.git/config": "secret",
    f"{SKILL}/sub/.GIT": "secret",
    f"{SKILL}/most": b"x" * resource.MOST,
    f"{SKILL}/over": b"x" * (resource.MOST + 1),
    ".agents/skills/other/a.txt": "other",
    ".agents/skills/secret.txt": "secret",
    "secret.txt": "secret",
}
LINKS = {
    f"{SKILL}/inside": "refs/data.txt",
    f"{SKILL}/refs/up": "../a.txt",
    f"{SKILL}/more": "refs",
    f"{SKILL}/twice": "more/up",
    f"{SKILL}/self": ".",
    f"{SKILL}/outside": "../../../secret.txt",
    f"{SKILL}/sibling": "../other/a.txt",
    f"{SKILL}/back": "../pdf/a.txt",
    f"{SKILL}/above": "..",
    f"{SKILL}/passwd": "/etc/passwd",
    f"{SKILL}/rooted": "/a.txt",
    f"{SKILL}/device": "/dev/zero",
    f"{SKILL}/loop": "loop",
    f"{SKILL}/dangling": "nothing",
    f"{SKILL}/into-git": ".git/config",
    f"{SKILL}/to-fifo": "fifo",
    ".agents/skills/linked": "pdf",
}
CONTENT = {
    "SKILL.md": FILES[f"{SKILL}/SKILL.md"],
    "./SKILL.md": FILES[f"{SKILL}/SKILL.md"],
    "references/data.txt": "references",
    "refs//data.txt": "refs",
    "./refs/data.txt": "refs",
    "refs/./data.txt": "refs",
    "refs/absent/../data.txt": "refs",
    "refs/../a.txt": "a",
    "a.txt": "a",
    "inside": "refs",
    "refs/up": "a",
    "more/data.txt": "refs",
    "more/up": "a",
    "twice": "a",
    "self/self/a.txt": "a",
    ".hidden/.env": "hidden",
    "_draft.md": "draft",
    "image.png": FILES[f"{SKILL}/image.png"],
    "empty": "",
    "..data": "two dots",
    "a b\n*?[é": "odd",
    "caf\udce9": "not UTF-8",
    "%2e%2e/x": "percent",
    "most": FILES[f"{SKILL}/most"],
}
TRAVERSALS = (
    "../secret.txt",
    "./../secret.txt",
    "refs/../../secret.txt",
    "./refs/../../secret.txt",
    "refs/./../../secret.txt",
    "../pdf/a.txt",
    "../other/a.txt",
    "../../../secret.txt",
    "..",
    "refs/../..",
)
ABSOLUTE = ("/etc/passwd", "/a.txt", "//a.txt", "/")
NO_NAME = ("", ".", "./", "refs/..", "a.txt\0", "\0", "SKILL.md\0.txt", "\ud800", "a/" * 3000 + "a", "a" * 5000)
LEAVING = (
    "rooted",
    "outside",
    "sibling",
    "back",
    "above/secret.txt",
    "above/pdf/a.txt",
    "passwd",
    "device",
    "self/above/x",
)
ABSENT = ("absent", "refs/absent", "absent/a.txt", "a.txt/x", "..\\secret.txt", "....//x", "refs\\data.txt", "inside/x")
NO_FILE = (
    "a.txt/",
    "a.txt//",
    "a.txt/.",
    "a.txt/x/..",
    "SKILL.md/",
    "refs",
    "refs/",
    "self",
    "fifo",
    "to-fifo",
    "socket",
    "loop",
    "dangling",
    "SKILL.MD",
    "into-git",
    ".git/config",
    "sub/.GIT",
)
REFUSED = (*TRAVERSALS, *ABSOLUTE, *NO_NAME, *LEAVING, *ABSENT, *NO_FILE)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pathlib.Path]:
    folder = tmp_path_factory.mktemp("resource") / "repository"
    write(folder, FILES)
    for path, target in LINKS.items():
        (folder / path).symlink_to(target)
    os.mkfifo(folder / SKILL / "fifo")
    with socket.socket(socket.AF_UNIX) as one:
        before = pathlib.Path.cwd()
        os.chdir(folder / SKILL)  # the path of a socket is short
        try:
            one.bind("socket")
        finally:
            os.chdir(before)
        yield folder


def descriptors() -> int:
    return len([*pathlib.Path("/proc/self/fd").iterdir()])


@pytest.fixture(autouse=True)
def no_descriptor_is_left() -> Iterator[None]:
    before = descriptors()
    yield
    assert descriptors() == before


class Opens:
    """The paths that this thread opens; and something to do just before one of them is opened."""

    def __init__(self) -> None:
        self.paths: list[object] = []
        self.before: dict[object, Callable[[], object]] = {}
        self.on = False
        self._thread = threading.get_ident()
        sys.addaudithook(self._told)

    def _told(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.on and event == "open" and threading.get_ident() == self._thread:
            self.paths.append(arguments[0])
            act = self.before.pop(arguments[0], None)
            if act is not None:
                act()


OPENS = Opens()


@pytest.fixture
def opens() -> Iterator[Opens]:
    """What is opened from now on. An audit hook sees it before it happens, and stays for ever."""
    OPENS.paths, OPENS.before, OPENS.on = [], {}, True
    yield OPENS
    OPENS.on = False


@pytest.mark.parametrize("path", CONTENT, ids=repr)
def test_what_is_in_the_skill_is_read(root: pathlib.Path, path: str) -> None:
    want = CONTENT[path]
    assert read(root, SKILL, path) == (want if isinstance(want, bytes) else want.encode())


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: repr(path)[:40])
def test_what_is_not_is_refused(root: pathlib.Path, path: str) -> None:
    with pytest.raises(ResourceError) as refused:
        read(root, SKILL, path)
    assert type(refused.value) is ResourceError
    assert str(root) not in str(refused.value)
    assert "secret" not in str(refused.value).replace("secret.txt", "")


@pytest.mark.parametrize("path", [*TRAVERSALS, *ABSOLUTE, *NO_NAME], ids=lambda path: repr(path)[:40])
def test_for_a_path_that_leads_out_nothing_is_opened(root: pathlib.Path, opens: Opens, path: str) -> None:
    with pytest.raises(ResourceError):
        read(root, SKILL, path)
    assert opens.paths == []


@pytest.mark.parametrize("path", [*LEAVING, "fifo", "to-fifo", "socket"])
def test_what_is_refused_is_never_opened(root: pathlib.Path, opens: Opens, path: str) -> None:
    with pytest.raises(ResourceError):
        read(root, SKILL, path)
    assert opens.paths == [str(root), ".agents", "skills", "pdf"]


def test_a_large_file_is_another_error(root: pathlib.Path) -> None:
    with pytest.raises(TooLargeError) as refused:
        read(root, SKILL, "over")
    assert str(refused.value) == "it has more than 1 MiB"


def test_a_linked_skill_is_read_at_its_place(root: pathlib.Path) -> None:
    assert read(root, ".agents/skills/linked", "refs/up") == b"a"
    with pytest.raises(ResourceError):
        read(root, ".agents/skills/linked", "sibling")


def test_a_linked_repository_is_read_at_its_place(root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert read(tmp_path / "link", SKILL, "a.txt") == b"a"


@pytest.mark.parametrize("skill", ["../elsewhere", "out", "secret.txt", "absent"])
def test_a_skill_outside_the_repository_is_none(tmp_path: pathlib.Path, skill: str) -> None:
    write(tmp_path, {"elsewhere/a.txt": "secret", "root/secret.txt": "secret"})
    (tmp_path / "root" / "out").symlink_to("../elsewhere")
    with pytest.raises(ResourceError):
        read(tmp_path / "root", skill, "a.txt")


def test_links_without_end_are_refused(tmp_path: pathlib.Path) -> None:
    write(tmp_path, {"skill/a.txt": "a"})
    before = "a.txt"
    for at in range(resource.MOST_LINKS + 1):
        (tmp_path / "skill" / f"link{at}").symlink_to(before)
        before = f"link{at}"
    assert read(tmp_path, "skill", f"link{resource.MOST_LINKS - 1}") == b"a"
    with pytest.raises(ResourceError):
        read(tmp_path, "skill", before)


def test_directories_without_end_are_refused(tmp_path: pathlib.Path) -> None:
    path = "/".join(["d"] * resource.MOST_LEVELS)
    write(tmp_path / "skill", {f"{path}/a.txt": "a", f"{path}/d/a.txt": "a"})
    assert read(tmp_path, "skill", f"{path}/a.txt") == b"a"
    with pytest.raises(ResourceError, match=r"^more than 100 directories, one in another$"):
        read(tmp_path, "skill", f"{path}/d/a.txt")


class Swap:
    """A skill with the file refs/data.txt, and a secret beside it."""

    def __init__(self, folder: pathlib.Path) -> None:
        write(folder, {"root/skill/refs/data.txt": "data", "root/other/data.txt": "secret", "out/data.txt": "secret"})
        self.folder = folder
        self.root = folder / "root"
        self.skill = self.root / "skill"

    def replaces(self, path: pathlib.Path, target: str | pathlib.Path) -> Callable[[], object]:
        """What puts a link in the place of a file or a directory."""

        def swap() -> None:
            path.rename(self.folder / "aside")
            path.symlink_to(target)

        return swap


@pytest.fixture
def swap(tmp_path: pathlib.Path) -> Swap:
    return Swap(tmp_path)


def test_a_file_that_becomes_a_link_before_it_is_opened_is_not_read(swap: Swap, opens: Opens) -> None:
    opens.before["data.txt"] = swap.replaces(swap.skill / "refs" / "data.txt", "../../other/data.txt")
    with pytest.raises(ResourceError, match=r"^too many levels of symbolic links$"):
        read(swap.root, "skill", "refs/data.txt")
    assert opens.before == {}
    assert (swap.skill / "refs" / "data.txt").read_text() == "secret"


def test_a_directory_that_becomes_a_link_before_it_is_opened_is_not_entered(swap: Swap, opens: Opens) -> None:
    opens.before["refs"] = swap.replaces(swap.skill / "refs", swap.folder / "out")
    with pytest.raises(ResourceError, match=r"^not a directory$"):
        read(swap.root, "skill", "refs/data.txt")
    assert opens.before == {}
    assert (swap.skill / "refs" / "data.txt").read_text() == "secret"


def test_a_skill_that_becomes_a_link_before_it_is_opened_is_not_entered(swap: Swap, opens: Opens) -> None:
    opens.before["skill"] = swap.replaces(swap.skill, "../out")
    with pytest.raises(ResourceError, match=r"^not a directory$"):
        read(swap.root, "skill", "data.txt")
    assert opens.before == {}
    assert (swap.skill / "data.txt").read_text() == "secret"


def test_a_directory_that_becomes_a_link_after_it_was_opened_is_read_where_it_was(swap: Swap, opens: Opens) -> None:
    opens.before["data.txt"] = swap.replaces(swap.skill / "refs", swap.folder / "out")
    assert read(swap.root, "skill", "refs/data.txt") == b"data"
    assert (swap.skill / "refs" / "data.txt").read_text() == "secret"


def test_a_file_that_becomes_a_pipe_before_it_is_opened_stops_nobody(swap: Swap, opens: Opens) -> None:
    file = swap.skill / "refs" / "data.txt"

    def pipe() -> None:
        file.unlink()
        os.mkfifo(file)

    opens.before["data.txt"] = pipe
    with pytest.raises(ResourceError, match=r"^it is no regular file$"):
        read(swap.root, "skill", "refs/data.txt")


def test_a_file_that_grows_is_not_read_beyond_the_limit(swap: Swap, opens: Opens) -> None:
    file = swap.skill / "refs" / "data.txt"
    opens.before["data.txt"] = lambda: file.write_bytes(b"x" * (resource.MOST + 1))
    with pytest.raises(TooLargeError):
        read(swap.root, "skill", "refs/data.txt")


def test_a_directory_that_moves_out_is_no_way_out(swap: Swap, opens: Opens) -> None:
    # "up" leads to refs/.. by the directory that was open, wherever that is meanwhile.
    (swap.skill / "refs" / "up").symlink_to("../data.txt")
    write(swap.skill, {"data.txt": "in the skill"})
    opens.before["refs"] = lambda: None
    opens.before["data.txt"] = lambda: (swap.skill / "refs").rename(swap.folder / "out" / "refs")
    assert read(swap.root, "skill", "refs/up") == b"in the skill"


def test_links_that_come_and_go_never_lead_to_the_secret(swap: Swap) -> None:
    """Somebody else swaps file and directory for links all the time."""
    over = threading.Event()

    def spoil() -> None:
        for at in range(1 << 30):
            if over.is_set():
                return
            link = swap.folder / "link"
            link.symlink_to(swap.folder / "out" / "data.txt" if at % 2 else "../../other/data.txt")
            link.replace(swap.skill / "refs" / "data.txt")
            write(swap.folder, {"plain": "data"})
            (swap.folder / "plain").replace(swap.skill / "refs" / "data.txt")
            (swap.skill / "refs").rename(swap.folder / "aside")
            (swap.skill / "refs").symlink_to("../other" if at % 2 else swap.folder / "out")
            (swap.skill / "refs").unlink()
            (swap.folder / "aside").rename(swap.skill / "refs")

    seen: dict[bytes, int] = {}
    thread = threading.Thread(target=spoil)
    thread.start()
    try:
        for _ in range(3000):
            try:
                found = read(swap.root, "skill", "refs/data.txt")
            except ResourceError:
                found = b"refused"
            seen[found] = seen.get(found, 0) + 1
    finally:
        over.set()
        thread.join()
    assert seen.keys() <= {b"data", b"refused"}
