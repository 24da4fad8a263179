"""What is delivered of each winner and loose file: its folders, files and links, one parcel after the other."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterator, Sequence

from overlays_node.choosing import Served
from overlays_node.config import Source
from overlays_node.limits import DEFAULT, Limits
from overlays_node.offer import PROMPT, WORKFLOWS
from overlays_node.packing import GIT_FOLDER, Packing, Tree
from overlays_node.parcel import LINK, NAMED, Parcel, Piece
from overlays_node.withheld import Hidden

__all__ = ["LINK", "NAMED", "Parcel", "Piece", "parcels"]

PACKAGE = "__init__.py"  # of all workflows: it would make one package of them, which hides those of other directories


def parcels(
    served: Served,
    sources: Sequence[Source],
    root_of: Callable[[str], pathlib.Path],
    limits: Limits = DEFAULT,
    hidden_of: Callable[[str], Hidden | None] = lambda _: None,
) -> Iterator[Parcel]:
    """All that one surface delivers, by name and then by path; nothing for the prompt, which is composed.

    `served` was chosen from these sources, in this order, and `root_of` gives the directory of a repo's files. A link
    stays if it never leaves its item. One to elsewhere in its repository is replaced by what is there. Of one source
    such copies are within the limits of one tree together. An __init__.py of all workflows is left out. `hidden_of`
    says what of a repository no link may bring. Raises OSError: files cannot be read.
    """
    if served.surface == PROMPT:
        return
    trees: dict[int, Tree] = {}

    def tree(at: int) -> Tree:
        if at not in trees:
            repo, subdir = sources[at].repo, dict(sources[at].subdirs)[served.surface]
            trees[at] = Tree(os.path.realpath(root_of(repo)), served.surface, subdir, limits, hidden_of(repo))
        return trees[at]

    for choice in served.choices:
        item = choice.winner
        if item is not None:
            packing = Packing(tree(item.source))
            packing.item(item)
            shadowed = tuple(one.source for one in choice.shadowed)
            yield packing.parcel(served.surface, item.path, choice, item.source, shadowed)
    for loose in served.loose:
        if GIT_FOLDER not in loose.path.lower().split("/"):
            packing = Packing(tree(loose.source))
            if (served.surface, loose.path) == (WORKFLOWS, PACKAGE):
                packing.left_out.append((loose.path, "would hide the workflows of other directories"))
            else:
                packing.loose(loose.path)
            yield packing.parcel(served.surface, loose.path, None, loose.source, loose.shadowed)
