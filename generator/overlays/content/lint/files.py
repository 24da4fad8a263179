"""The files of the surfaces, one by one: what they are, their sizes, names and permissions."""

# Text and os calls: a tree may have 100,000 files.
# ruff: noqa: PTH118

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterable
from typing import Final

from overlays.content import codes, unreadable
from overlays.content.hygiene import file as hygiene
from overlays.content.lint.area import ELSEWHERE, Area
from overlays.content.lint.tally import Tally
from overlays.content.skill.remark import Remark
from overlays.content.skill.text import shown
from overlays.io.tree import FILE, FOLDER, LINK, OTHER, Entry, Folder, start_of, walk
from overlays.model.budget import DEFAULT as DEFAULT_BUDGET
from overlays.model.budget import Budget
from overlays_node.limits import DEFAULT, MIB
from overlays_node.names import LARGEST

KEPT: Final = 64 * MIB
"""Bytes of SKILL.md that are kept for the checks to come; beyond that they are read once more."""
LARGE: Final = 10 * MIB
"""Bytes of a file that is no trouble yet."""
_UNSHOWN: Final = "[\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
_PROGRAMS: Final = (b"#!", b"\x7fELF")


class Files:
    """What was seen below the directories of the surfaces. All paths are from the root, links resolved."""

    def __init__(
        self, tally: Tally, submodules: Iterable[str], budget: Budget = DEFAULT_BUDGET, *, prompt_only: bool = False
    ) -> None:
        """submodules: the paths that .gitmodules names.

        budget: of a skill. prompt_only: whether somebody reads the body of a skill alone.
        read: bytes of each SKILL.md, None for those beyond KEPT bytes in all.
        targets: links in files of skills: the file, the skill, the place and the path.
        sizes: number and bytes of the files of each skill. secrets: values that no report may hold.
        """
        self.tally = tally
        self.folders: dict[str, tuple[Entry, ...]] = {}
        self.links: list[str] = []
        self.submodules = set(submodules)
        self.files = 0
        self.area = ELSEWHERE
        self.budget, self.prompt_only = budget, prompt_only
        self.read: dict[str, bytes | None] = {}
        self.kept = 0
        self.targets: list[tuple[str, str, tuple[int, int, str]]] = []
        self.sizes: dict[str, tuple[int, int]] = {}
        self.secrets: dict[str, None] = {}

    def look(self, start: str, area: Area = ELSEWHERE) -> None:
        """Check everything below a directory, once. area: what is there."""
        if start in self.folders:
            return
        self.area = area
        for folder in walk(self.tally.root, start, self._enter):
            if folder.problem:
                why, hint = unreadable.why(folder.problem), unreadable.hint(folder.problem)
                self.tally.tell(folder.path, codes.UNREADABLE, "the directory cannot be read", why, hint)
            entries = tuple(one for one in folder.entries if not self.tally.skips(one.path))
            self.folders[folder.path] = entries
            self._folder(Folder(folder.path, entries))
            if self.files > DEFAULT.files:
                what, why = f"there are more than {DEFAULT.files} files", "the cache refuses the whole repository"
                self.tally.tell(start, codes.LIMIT, what, why, "name directories that hold what agents need")
                return

    def _enter(self, one: Entry) -> bool:
        """Whether to look into a directory: not into other repositories, and not deeper than a commit can be."""
        if one.path in self.folders or self.tally.skips(one.path) or self.in_other_repository(one.path):
            return False
        return not self.tally.told(one.path.rpartition("/")[0], codes.LIMIT)

    def in_other_repository(self, path: str) -> bool:
        """Whether a directory is the root of another repository, which is told."""
        inner = path in self.submodules or os.path.lexists(os.path.join(self.tally.root, path, ".git"))
        if inner:
            self.submodule(path)
        return inner

    def submodule(self, path: str) -> None:
        """A directory of another repository."""
        self.submodules.add(path)
        why = "the cache fetches no submodules: there will be nothing"
        hint = "make the other repository a source of its own"
        self.tally.tell(path, codes.SUBMODULE, "a submodule, or another repository", why, hint)

    def _folder(self, folder: Folder) -> None:
        names: dict[str, str] = {}
        longest = max((len(os.fsencode(one.path)) for one in folder.entries), default=0)
        if folder.path.count("/") + 2 > DEFAULT.levels or longest > DEFAULT.path:
            what = f"there are paths of more than {DEFAULT.levels} levels or {DEFAULT.path} bytes"
            why, hint = "the cache refuses the whole repository", "use shorter names and fewer directories"
            self.tally.tell(folder.path, codes.LIMIT, what, why, hint)
        for one in folder.entries:
            first = names.setdefault(folded(one.name), one.name)
            if first != one.name:
                self.same_but_case(one.path, one.name, first)
            self.entry(one)

    def same_but_case(self, path: str, name: str, other: str) -> None:
        """Two names that some file systems take for one."""
        what = f"{shown(name)} and {shown(other)} differ only by case"
        why = "on some file systems one overwrites the other"
        self.tally.tell(path, codes.CASE, what, why, "rename one of them")

    def entry(self, one: Entry) -> None:
        """Check what stands in a directory."""
        self.files += one.kind != FOLDER
        self._name(one)
        if one.kind == LINK:
            self.links.append(one.path)
        elif one.kind == FILE:
            self._file(one)
        elif one.kind == OTHER:
            what, why = "neither file, directory nor link", "Git does not keep it, so nobody else gets it"
            self.tally.tell(one.path, codes.ODD, what, why, "remove it")

    def _name(self, one: Entry) -> None:
        name = one.name
        if not name.isascii() or not name.isprintable():
            if re.search(_UNSHOWN, name):
                why = "programs that list names print something else, or fail"
                hint = "rename it: letters, digits, '.', '_' and '-' work everywhere"
                self.tally.tell(one.path, codes.NAME, f"the name {shown(name)}", why, hint)
        elif name != ".git" and name.lower() == ".git":
            why, hint = "Git fetches no repository that has one", "rename it"
            self.tally.tell(one.path, codes.LIMIT, f"something is named {name!r}", why, hint)

    def _file(self, one: Entry) -> None:
        if one.size > LARGE:
            what, why = "the file is larger than 10 MiB", f"every node fetches and keeps {one.size / MIB:.1f} MiB"
            self.tally.tell(one.path, codes.LARGE, what, why, "fetch it where it is used")
        if one.mode & (stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX):
            why, hint = "Git keeps of all permissions only the executable bit", "write code that does without"
            self.tally.tell(one.path, codes.MODE, "a setuid, setgid or sticky bit", why, hint)
        try:
            start = start_of(os.path.join(self.tally.root, one.path), min(one.size, LARGEST) + 1) or b""
        except OSError as error:
            why, hint = unreadable.why(error), unreadable.hint(error)
            self.tally.tell(one.path, codes.UNREADABLE, "the file cannot be read", why, hint)
            return
        self._hygiene(one, start)
        executable = bool(one.mode & 0o111)
        if executable and not start.startswith(_PROGRAMS):
            why, hint = "nothing says how to run it", "chmod a-x, or begin it with #!"
            self.tally.tell(one.path, codes.MODE, "executable, but it does not begin with #!", why, hint)
        elif start.startswith(b"#!") and not executable:
            why, hint = "it cannot be run by its name", "chmod a+x, or remove the line"
            self.tally.tell(one.path, codes.MODE, "it begins with #!, but is not executable", why, hint)

    def _hygiene(self, one: Entry, data: bytes) -> None:
        """What the bytes of a file hold; of a larger one its first MiB is looked at."""
        skill = self.area.skill(one.path)
        found: list[Remark] = []
        if one.name == "SKILL.md":
            self.kept += len(data)
            self.read[one.path] = data if self.kept <= KEPT else None
            if one.path == f"{skill}/SKILL.md":
                found += hygiene.of_body(data, self.budget, prompt_only=self.prompt_only)
        if skill is not None:
            number, size = self.sizes.get(skill, (0, 0))
            self.sizes[skill] = number + 1, size + one.size
        cut = len(data) > LARGEST
        data = data[:LARGEST] if cut else data
        seen = hygiene.look(one.name, data, cut=cut) if self.area.prose else hygiene.look_for_secrets(data)
        for told in (*found, *seen.remarks):
            self.tally.tell(one.path, told.code, told.what, told.why, told.hint, (told.line, told.column))
        self.secrets.update(dict.fromkeys(seen.values))
        if skill is not None:
            self.targets += [(one.path, skill, link) for link in seen.links]


def folded(name: str) -> str:
    """What a file system that ignores case takes a name for."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name.casefold())
