"""Two sources that collide on every surface, and what an agent must see of them."""

from __future__ import annotations

import pathlib
from typing import Any, Final

from tests.support.git_http import GitServer
from tests.support.git_repo import Content, Executable, Files, GitRepo, Symlink
from tests.support.podman import Entry

USER: Final = 1000


def skill(name: str, text: str) -> str:
    return f"---\nname: {name}\ndescription: {text}\n---\n\n{text}\n"


BASE: Final[Files] = {
    "tools/search/pyproject.toml": "[project]\nname = 'search'\n",
    "tools/search/only_in_base.py": "",
    "tools/data/calendar/pyproject.toml": "[project]\nname = 'calendar'\n",
    "tools/data/calendar/run.sh": Executable("#!/bin/sh\necho the calendar of base\n"),
    "tools/shared.py": "SHARED_BY = 'base'\n",
    "workflows/triage.py": "WORKFLOW_NAME = 'triage'\nFROM = 'base'\n",
    "workflows/nightly/report.py": "WORKFLOW_NAME = 'report'\n",
    ".agents/skills/notes/SKILL.md": skill("notes", "of base"),
    ".agents/skills/notes/only-in-base.md": "",
    ".agents/skills/review/SKILL.md": skill("review", "of base"),
    "personas/analyst.md": "The analyst of base.\n",
    "personas/writer/README.md": "The writer of base.\n",
    "PROMPT.md": "\nBase speaks.\n\n",
}
EXTRA: Final[Files] = {
    "tools/search/pyproject.toml": "[project]\nname = 'search'\nversion = '2'\n",
    "tools/search/run.sh": Executable("#!/bin/sh\necho the search of extra\n"),
    "tools/search/start.sh": Symlink("run.sh"),
    "tools/search/common.py": Symlink("../../lib/common.py"),
    "tools/search/passwd": Symlink("/etc/passwd"),
    "lib/common.py": "COMMON = True\n",
    "workflows/other.py": "WORKFLOW_NAME = 'triage'\nFROM = 'extra'\n",
    ".agents/skills/notes/SKILL.md": skill("notes", "of extra"),
    "personas/analyst.md": "The analyst of extra.\n",
    "PROMPT.md": "Extra speaks.\n",
}
# What won, as an agent finds it: extra's search, triage, notes and analyst without anything of base's.
WON: Final[Files] = {
    "tools/search/pyproject.toml": EXTRA["tools/search/pyproject.toml"],
    "tools/search/run.sh": EXTRA["tools/search/run.sh"],
    "tools/search/start.sh": Symlink("run.sh"),
    "tools/search/common.py": "COMMON = True\n",
    "tools/data/calendar/pyproject.toml": BASE["tools/data/calendar/pyproject.toml"],
    "tools/data/calendar/run.sh": BASE["tools/data/calendar/run.sh"],
    "tools/shared.py": "SHARED_BY = 'base'\n",
    "workflows/other.py": EXTRA["workflows/other.py"],
    "workflows/nightly/report.py": BASE["workflows/nightly/report.py"],
    ".agents/skills/notes/SKILL.md": EXTRA[".agents/skills/notes/SKILL.md"],
    ".agents/skills/review/SKILL.md": BASE[".agents/skills/review/SKILL.md"],
    ".claude/skills": Symlink("../.agents/skills"),
    "personas/analyst.md": "The analyst of extra.\n",
    "personas/writer/README.md": "The writer of base.\n",
    "SYSTEM_PROMPT.md": "Base speaks.\n\n---\n\nExtra speaks.\n",
}
RECORD: Final = "installed.json"
# Kind, name, source, its path there, and whom it shadows.
ITEMS: Final = {
    ("tools", "calendar", "acme/base", "tools/data/calendar", ()),
    ("tools", "search", "acme/extra", "tools/search", ("acme/base",)),
    ("workflows", "report", "acme/base", "workflows/nightly/report.py", ()),
    ("workflows", "triage", "acme/extra", "workflows/other.py", ("acme/base",)),
    ("skills", "notes", "acme/extra", ".agents/skills/notes", ("acme/base",)),
    ("skills", "review", "acme/base", ".agents/skills/review", ()),
    ("personas", "analyst", "acme/extra", "personas/analyst.md", ("acme/base",)),
    ("personas", "writer", "acme/base", "personas/writer", ()),
    ("prompt", "acme/base", "acme/base", "PROMPT.md", ()),
    ("prompt", "acme/extra", "acme/extra", "PROMPT.md", ()),
}


def source(server: GitServer, repo: str, **settings: str) -> dict[str, Any]:
    """An entry of the list, with all five surfaces."""
    every = {"personasSubdir": "personas", "promptPath": "PROMPT.md", "cloneUrl": server.url(repo)}
    return {"repo": repo, **every, **settings}


def make(server: GitServer) -> dict[str, GitRepo]:
    """Both repositories on the server, by name."""
    repos = {name: GitRepo(server.root / f"{name}.git") for name in ("acme/base", "acme/extra")}
    repos["acme/base"].commit(BASE)
    repos["acme/extra"].commit(EXTRA)
    return repos


def entries(files: Files) -> dict[str, Entry]:
    """These files, and the directories above them, as an agent of user 1000 that may change them sees them."""
    found = {path: _entry(content) for path, content in files.items()}
    for path in files:
        for parent in pathlib.PurePosixPath(path).parents:
            found[str(parent)] = Entry("folder", 0o755, USER, "")
    found.pop(".", None)
    return found


def _entry(content: Content) -> Entry:
    if isinstance(content, Symlink):
        return Entry("link", 0o777, USER, str(content.target))
    if isinstance(content, Executable):
        return Entry("file", 0o755, USER, str(content.content))
    assert isinstance(content, str)
    return Entry("file", 0o644, USER, content)
