"""Lists whose page is looked at: a small one with one of everything, one that is hostile throughout, and a big one."""

from __future__ import annotations

import json
import pathlib
import subprocess
from typing import Any, Final

from tests.support.checkouts import List, skill, tool, workflow, write

ONE, TWO = "1" * 40, "2" * 40

HOSTILE: Final = (
    "<img src=x onerror=pwned()>",
    "\"'><svg onload=pwned()>",
    "<script>pwned()<",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:pwned()",
    "a\u202eb\u2066c\u061cd\u200be",
    "line\nbreak\ttab",
    "&lt;b&gt;&amp;",
)
"""Names of items that mean something to browsers, templates or terminals."""


def small(folder: pathlib.Path) -> List:
    """Two sources and a third one: items that are served, not served, shadowed with and without a declaration."""
    listed = List(
        folder,
        {"repo": "acme/base", "ref": "main", "promptPath": "PROMPT.md", "visibility": "public"},
        {"repo": "acme/extra", "personasSubdir": "personas", "skillsSubdir": "skills", "overrides": ["skills/pdf"]},
        {"repo": "acme/last", "ref": "v1", "promptPath": "docs/prompt.md"},
    )
    listed.has("acme/base", tool("jira"), tool("deploy"), skill("pdf"), skill("web"), workflow("daily"), commit=ONE)
    write(listed.has("acme/base"), {"PROMPT.md": "", "tools/README.md": ""})
    listed.has("acme/extra", tool("jira"), {"tools/README.md": "", "personas/ada.md": ""})
    write(listed.has("acme/extra"), {"skills/pdf/SKILL.md": "---\nname: pdf\n---\n"})
    listed.has("acme/last", {".agents/skills/web/SKILL.md": "x"}, {"docs/prompt.md": ""}, tool("jira"), commit=TWO)
    return listed


def committed(listed: List) -> List:
    """The same, its values in Git; since then the ref of the last source and a resource have changed."""
    git = ["git", "-C", str(listed.folder), "-c", "user.name=Author", "-c", "user.email=author@example.invalid"]
    subprocess.run([*git, "init", "--quiet", "--template=", "--initial-branch=main"], check=True)
    subprocess.run([*git, "add", "values.yaml"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "First"], check=True)
    change(listed, lambda values: values["overlays"]["sources"][-1].update(ref="v2"))
    return listed


def change(listed: List, edit: Any) -> None:
    """Edit the values in place."""
    file = listed.folder / "values.yaml"
    values = json.loads(file.read_text())
    edit(values)
    file.write_text(json.dumps(values, indent=2) + "\n")


def hostile(folder: pathlib.Path) -> List:
    """Names and values that try to be more than text."""
    listed = List(folder, {"repo": "acme/base", "ref": "main"}, {"repo": "acme/extra", "personasSubdir": "personas"})
    for repo in ("acme/base", "acme/extra"):
        listed.has(repo, *map(skill, HOSTILE), *map(tool, HOSTILE), {f"workflows/{name}.txt": "" for name in HOSTILE})
        write(listed.has(repo), {"tools/\udcff": "", "workflows/one.py": f"WORKFLOW_NAME = {HOSTILE[0]!r}\n"})
    extra = {f"HOSTILE_{at}": f"</script></style>{text}" for at, text in enumerate(HOSTILE)}
    change(listed, lambda values: values.update(apiRs={"extraEnv": extra}))
    return listed


def big(folder: pathlib.Path, sources: int, each: int) -> List:
    """So many sources with so many items each, of which one is in every tenth source."""
    names = [f"team-{at % 17}/overlay-{at}" for at in range(sources)]
    listed = List(folder, *({"repo": name, "ref": "main"} for name in names))
    for at, name in enumerate(names):
        files = [skill(f"skill-{at}-{number}") for number in range(each - 3)]
        listed.has(name, *files, tool(f"tool-{at}"), skill(f"shared-{at % 10}"), workflow(f"report {at}", f"{at}.py"))
    return listed


def crowded(folder: pathlib.Path, sources: int) -> List:
    """Sources with long names that look alike; the last one hides 1,100 of 2,200 skills and a tool."""
    names = [f"an-organisation-of-a-long-name/agent-overlays-of-the-team-number-{at}" for at in range(sources)]
    more = {"ref": "main", "personasSubdir": "personas", "overrides": ["tools/none"]}
    listed = List(folder, *({"repo": name, **more} for name in names))
    for at, name in enumerate(names):
        many = 2200 if at == 0 else 1100 if at == sources - 1 else 0
        listed.has(name, tool("jira"), *(skill(f"skill-{number}") for number in range(many)))
    return listed
