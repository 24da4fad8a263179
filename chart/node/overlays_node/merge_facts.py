"""What a merged tree tells of itself, in its .git/overlays.json."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping

from overlays_node.config import MERGED_OWNER
from overlays_node.merge_files import Content
from overlays_node.state import MergedStatus
from overlays_node.trees import FACTS, write_file

ALL, PUBLIC = f"{MERGED_OWNER}/merged", f"{MERGED_OWNER}/merged-public"
KEYS = frozenset(repo.replace("/", "%2F") for repo in (ALL, PUBLIC))  # names of their folders in .trees


def write(folder: pathlib.Path, inputs: str, commits: Mapping[str, str], content: Content) -> None:
    """Put them in place, once. `inputs` name all that had a say, `commits` is repo -> commit."""
    told = {
        "inputs": inputs,
        "sources": dict(commits),
        "items": content.items,
        "files": content.files,
        "problems": content.found,
        "notDelivered": [finding._asdict() for finding in content.findings],
    }
    write_file(os.fsencode(folder / ".git" / FACTS), 0o444, [(json.dumps(told, indent=2) + "\n").encode()])


def facts_of(tree: pathlib.Path) -> tuple[str, MergedStatus]:
    """Inputs and status of a merged tree; inputs are "" of anything else."""
    try:
        found = json.loads((tree / ".git" / FACTS).read_bytes())
        status = MergedStatus(tree.name, int(found["items"]), int(found["files"]), int(found["problems"]))
        return str(found["inputs"]), status
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "", MergedStatus(tree.name)


def is_merged(tree: pathlib.Path) -> bool:
    """Whether that tree is a merged one, and not one of a real repository of that name."""
    return tree.parent.name in KEYS and bool(facts_of(tree)[0])
