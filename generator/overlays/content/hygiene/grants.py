"""What `allowed-tools` of a skill hands out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Final

from overlays.content.hygiene import codes
from overlays.content.skill.text import shown

HOST_TOOLS: Final = frozenset(
    [
        "Agent",
        "AskUserQuestion",
        "Bash",
        "BashOutput",
        "Edit",
        "EnterPlanMode",
        "ExitPlanMode",
        "Glob",
        "Grep",
        "KillShell",
        "LS",
        "MultiEdit",
        "NotebookEdit",
        "NotebookRead",
        "Read",
        "Skill",
        "SlashCommand",
        "Task",
        "TodoRead",
        "TodoWrite",
        "WebFetch",
        "WebSearch",
        "Write",
    ]
)
"""Tools that agents bring along; those named mcp__… are of their servers. No source has to provide them."""
_SHELLS: Final = frozenset(
    [
        "bash",
        "shell",
        "sh",
        "zsh",
        "terminal",
        "powershell",
        "pwsh",
        "exec",
        "execute_bash",
        "execute_command",
        "run_command",
        "run_shell_command",
    ]
)
_ONE: Final = re.compile(r"([^\s,()]{1,200})(?:\(([^()\n]{0,500})\))?")
# Programs that run whatever they are given: to allow these is to allow everything.
_RUNNERS: Final = frozenset(
    [
        "bash",
        "sh",
        "zsh",
        "dash",
        "ksh",
        "fish",
        "env",
        "xargs",
        "eval",
        "exec",
        "sudo",
        "doas",
        "su",
        "nohup",
        "command",
        "time",
    ]
)


def of_tools(text: str) -> tuple[tuple[str, str | None], ...]:
    """(tool, what it is limited to or None) of each name; separated by blanks, or by commas as some write it."""
    return tuple((found[1], found[2]) for found in _ONE.finditer(text))


def whole_shell(tools: tuple[tuple[str, str | None], ...]) -> Iterator[str]:
    """The grants that allow every command."""
    for name, limit in tools:
        if name.strip("*") == "":
            yield name
        elif name.lower() in _SHELLS and (limit is None or _limitless(limit)):
            yield name if limit is None else f"{name}({limit})"


def _limitless(limit: str) -> bool:
    words = limit.replace(":", " ").split()
    first = words[0].strip("\"'").rpartition("/")[2] if words else ""
    return first.strip("*") == "" or (first in _RUNNERS and all(word.strip("*") in ("", "-c") for word in words[1:]))


def unknown(tools: tuple[tuple[str, str | None], ...], known: frozenset[str]) -> Iterator[str]:
    """The names that are neither a tool of a source nor one of the host, each once."""
    for name in dict.fromkeys(name for name, _ in tools):
        head = re.split("[/:.]", name, maxsplit=1)[0]
        if name.strip("*") and not {name, head} & (known | HOST_TOOLS) and not name.startswith("mcp__"):
            yield name


def of_grants(text: str, known: frozenset[str] | None) -> Iterator[tuple[str, str, str, str]]:
    """(code, what, why, hint) of the text of allowed-tools. known: tools of all sources, or None."""
    tools = of_tools(text)
    for grant in dict.fromkeys(whole_shell(tools)):
        what, why = f"allowed-tools grants {shown(grant)}", "with it every command runs without being asked for"
        yield codes.WHOLE_SHELL, what, why, "name the commands: Bash(git status:*)"
    if known is not None:
        for name in unknown(tools, known):
            what, why = (
                f"UnknownTool: allowed-tools names {shown(name)}",
                "no enabled source provides a tool of that name",
            )
            near = difflib.get_close_matches(re.split("[/:.]", name)[0][:100], sorted(known | HOST_TOOLS), n=1)
            hint = f"did you mean {shown(near[0])}?" if near else "correct the name, or add the source that has it"
            yield codes.UNKNOWN_TOOL, what, why, hint
