"""Findings about compatibility: what an upgrade or another chart would make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from overlays.model.code import Code, W

CODES: Final[Mapping[str, Code]] = {
    "OVL301": Code(
        "the base repository is not in the list",
        "An explicit list is the whole list: nothing of `toolServer` is added to it. Without the base repository "
        "the tools, workflows and skills that came with it are gone.",
        W,
    ),
    "OVL302": Code(
        "`toolServer.*` is set next to `overlays.sources`",
        "An explicit list replaces `toolServer.repo`, `ref`, `subdir` and `extraSources`; these keys do nothing.",
        W,
    ),
    "OVL303": Code(
        "`overlays.sources` is set and empty",
        'An empty list means compat mode, not "no sources".',
        W,
    ),
    "OVL304": Code(
        "`toolServer.extraSources` is ignored",
        "In compat mode `toolServer.enabled: false` empties the plan, extra sources included.",
        W,
    ),
    "OVL305": Code(
        "an empty subdirectory that does not switch off",
        'In `toolServer.extraSources` the text `""` means the default, as it does in the original chart. Only in '
        "`overlays.sources` does it switch the surface off.",
        W,
    ),
    "OVL306": Code("`toolServer.port` does nothing", "The key is accepted because existing files have it.", W),
    "OVL311": Code(
        "the migrated file would not say the same",
        "`overlays migrate` reads its result again, with all other files and flags, and compares every rendered "
        "variable, the manifest, the digest and all other values of the file. Something differs, so nothing is "
        "printed or written. Most often a file or flag that comes later sets `overlays.sources`, or the text of "
        "the file itself is used as a value, or an alias would stand without its anchor.",
    ),
    "OVL312": Code(
        "a list that cannot be moved by its lines",
        "The list, an entry of it or `toolServer` comes through an alias or `<<`. What an alias repeats may be "
        "used elsewhere, where it has to stay as it is. Also a key that is written with `?`.",
    ),
    "OVL313": Code(
        "the list of the file is not the one that counts",
        "Another file or flag replaces the list, or changes an entry of it. To move it would change what the file "
        "says; to leave it out would lose it.",
    ),
    "OVL314": Code(
        "a file changed between reading and writing",
        "`--write` compares the file once more, right before it replaces it. Nothing is written.",
    ),
}
