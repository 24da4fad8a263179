"""Findings about content: repositories and their items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from overlays.model.code import Code, W

CODES: Final[Mapping[str, Code]] = {
    "OVL501": Code(
        "a repository is not checked out",
        "The directory of `--checkouts` has every repository of the enabled sources at `owner/name`, or is the "
        "cache of a node. All that are missing are told in one run.",
    ),
    "OVL502": Code(
        "files of a repository cannot be read",
        "Who wins cannot be told without all files.",
    ),
    "OVL503": Code(
        "files of a repository cannot be fetched",
        "The commit is fetched and written as a node does it, with the same limits. All repositories that fail are "
        "told in one run.",
    ),
    "OVL504": Code(
        "the cache for fetched files cannot be written",
        "It is `agent-overlays` in `$XDG_CACHE_HOME` or `~/.cache`, or the directory of `--cache-dir`.",
    ),
    "OVL505": Code(
        "a source shadows an item that its `overrides` do not list",
        "A source that has `overrides` shadows what it lists there and nothing else. Every copy of an item shadows "
        "those of all earlier sources, also when it is itself shadowed. An error with `--fail-on undeclared`, the "
        "default, or `--fail-on shadowing`; else a warning.",
    ),
    "OVL506": Code(
        "a source without `overrides` shadows an item",
        "Told with `--fail-on shadowing` only: every source that shadows something then has to declare it.",
    ),
    "OVL507": Code(
        "nothing is served under a name",
        "The last copy takes the name. When it is broken, or a later source needs its path, no older copy comes "
        "back in its place. An error with `--fail-on invalid`, else a warning.",
        W,
    ),
    "OVL508": Code(
        "an override that shadows nothing",
        "The item was renamed or removed, in this source or in the one below, and the entry of `overrides` is left "
        "over.",
        W,
    ),
    "OVL509": Code(
        "a shadowed copy is broken",
        "It is not served, so nothing is lost today.",
        W,
    ),
    "OVL510": Code(
        "something in a repository is broken and left out",
        "A second item of one name in one source, a workflow whose name cannot be read without running it, a link "
        "that leaves the repository or leads nowhere. `overlays lint` says more. An error with `--fail-on "
        "invalid`, else a warning. Of one source 20 are told.",
        W,
    ),
    "OVL511": Code(
        "something in a repository is passed over",
        "A directory that the values name and the repository does not have, a Python file too large to be looked "
        "into, a file at a place that an item of another source takes. Of one source 20 are told.",
        W,
    ),
    "OVL512": Code(
        "there is no such item",
        "`overlays explain SURFACE/NAME` takes the name as the table shows it: `skills/pdf`.",
    ),
    "OVL521": Code(
        "a file or directory of a repository cannot be read",
        "What cannot be read cannot be checked, and is not served either.",
    ),
    "OVL522": Code(
        "a directory or file that was named is not there",
        "A directory at its default place may be missing: the repository then does not serve that surface. One "
        "that somebody wrote down is meant to be there.",
    ),
    "OVL523": Code(
        "a repository offers nothing",
        "There is no tool, workflow, skill, persona or prompt in it at the places where they are looked for. Most "
        "often the wrong directory was named.",
    ),
    "OVL524": Code(
        "a directory of a surface holds no item",
        "Its files are delivered, but there is no tool, workflow, skill or persona among them.",
        W,
    ),
    "OVL525": Code(
        "an item at a depth at which nobody looks",
        "A skill is a directory right below the directory of the skills, a tool is one or two levels below that of "
        "the tools. Deeper ones are not served. Some agents find a `SKILL.md` at any depth, others do not.",
    ),
    "OVL526": Code(
        "a `SKILL.md` inside another skill",
        "It is a file of that skill and no skill of its own; but some agents take every `SKILL.md` for one, at any "
        "depth.",
        W,
    ),
    "OVL527": Code(
        "`SKILL.md` is spelt otherwise",
        "The name is exactly `SKILL.md`. On a file system that ignores case another spelling works, on the nodes "
        "of a cluster it does not.",
    ),
    "OVL528": Code(
        "a directory that is no item",
        "A directory of the skills without a `SKILL.md`, or one of the tools without a `pyproject.toml` one or two "
        "levels down. Its files are delivered, merged with those of other sources.",
        W,
    ),
    "OVL529": Code(
        "an item whose name begins with `.` or `_`",
        "The convention hides drafts and helpers. Not served are tools, skills and personas that are named so, all "
        "tools in a directory named so, Python files named so, and workflows whose `WORKFLOW_NAME` begins so. Of "
        "hidden workflows not even the file is delivered. Directories below that of the workflows are searched "
        "whatever they are called.",
        W,
    ),
    "OVL530": Code(
        "one name twice in one source",
        "Of two items of one name the first by path is served and the other is lost. Between sources the later one "
        "wins, which is what the list is for; within one source it is a mistake.",
    ),
    "OVL531": Code(
        "a workflow whose name cannot be read",
        'The name is found without running the file: a line `WORKFLOW_NAME = "name"` at the left margin, with one '
        "plain text. A file that says it in another way is left out.",
    ),
    "OVL532": Code(
        "a Python file of the workflows is larger than 1 MiB",
        "It is not looked into. It could be a workflow of any name, so it is not delivered. Move data into a file "
        "that is not called `*.py`.",
        W,
    ),
    "OVL533": Code(
        "`__init__.py` in the directory of the workflows",
        "Workflows are loaded file by file from several directories. The file makes a package of this one, which "
        "hides the packages of the same name in other sources.",
    ),
    "OVL534": Code(
        "a link that is not delivered",
        "Links stay inside their repository: absolute ones, those that leave the tree, those that lead nowhere or "
        "in a circle are left out.",
    ),
    "OVL535": Code(
        "neither file, directory nor link",
        "Git does not keep pipes, sockets and devices; nobody else will see it. It is never opened.",
        W,
    ),
    "OVL536": Code(
        "a submodule",
        "The cache fetches one commit of one repository and nothing else: where the submodule belongs there will "
        "be nothing. Name that repository as a source of its own.",
    ),
    "OVL537": Code(
        "a file is larger than 10 MiB",
        "Every node fetches it and keeps it, and agents get copies of it.",
        W,
    ),
    "OVL538": Code(
        "two names differ only by case",
        "On the file systems of macOS and Windows one of the two overwrites the other when the repository is "
        "checked out. Accents that are encoded in two ways count too.",
        W,
    ),
    "OVL539": Code(
        "executable bits that do not fit",
        "A file that begins with `#!` is meant to be run, and one that is executable has to say by `#!` how. Of "
        "all permissions Git keeps only the executable bit: setuid, setgid and sticky bits do not travel.",
        W,
    ),
    "OVL540": Code(
        "a name that cannot be shown",
        "The name of a file holds control characters, or is not UTF-8. Programs that list names print something "
        "else, or fail.",
        W,
    ),
    "OVL541": Code(
        "more than the cache takes",
        "Names of 255 bytes, paths of 2,048 bytes and 100 levels, 200,000 files, nothing named `.git`: beyond that "
        "the cache refuses the whole repository.",
    ),
    "OVL542": Code(
        "what was there at `--base` cannot be looked at",
        "The directory is in no Git repository, or the commit is not there. A checkout in CI often has the last "
        "commit only: fetch the one to compare with.",
    ),
    "OVL543": Code(
        "a prompt is larger than 1 MiB",
        "Nothing of it is served. The prompts of all sources are one text that agents read at every start.",
    ),
}
