"""What nodes and pods have, for people and for programs; the shape of the JSON is schemas/status.schema.json."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from overlays.model.loaded import CACHE, Apart, Document, Held, Placed
from overlays.report.text import safe
from overlays.report.winners_text import NOTHING, SHORT, table

SCHEMA_VERSION: Final = 1
MOST_REMARKS: Final = 20
"""Of one document that are told."""
_ABOUT: Final = {"manifest": "the manifest", "agent": "the agent", "repository": "", "item": ""}
_NOTHING: Final = {"agent": "no agent", "repository": "not there", "item": "not there", "manifest": "no manifest"}


def as_text(documents: Sequence[Document], differences: Sequence[Apart]) -> str:
    """A block for each document, then what they say differently."""
    blocks = ["".join(_block(one)) for one in documents]
    if len(documents) > 1:
        blocks.append("".join(_differences(documents, differences)))
    return "\n".join(blocks)


def _block(one: Document) -> Iterator[str]:
    if one.place == CACHE:
        yield f"{safe(one.name)}: the cache of the pod {safe(one.pod)}\n"
    else:
        yield f"{safe(one.name)}: a workspace of {safe(f'the agent {one.agent}' if one.agent else 'no agent')}\n"
    state = f"{one.set} ({'complete' if one.complete else 'incomplete'})" if one.set else "none yet"
    lines = [("set", state), ("manifest", one.digest or NOTHING)]
    lines += [("but", remark) for remark in one.remarks[:MOST_REMARKS]]
    if len(one.remarks) > MOST_REMARKS:
        lines.append(("but", f"{len(one.remarks) - MOST_REMARKS} more of these"))
    yield from (f"  {name:<8}  {safe(text)}\n" for name, text in lines)
    rows = [(_held(held), "") for held in one.repositories] + [(_placed(item), "") for item in one.items]
    yield from (f"  {line}" for line in table(rows))


def _held(one: Held) -> tuple[str, ...]:
    return one.repo, one.ref, _short(one.commit or NOTHING), f"failed: {one.error}" if one.error else "ok"


def _placed(one: Placed) -> tuple[str, ...]:
    source = f"{one.source}@{one.ref}" if one.ref else one.source
    more = [f"as {one.mount}-{one.name}"] if one.mount and one.kind != "prompt" else []  # a prompt names the copy
    more += ["preloaded"] if one.preload else []
    more += [f"shadows {', '.join(one.shadows)}"] if one.shadows else []
    return one.key, source, _short(one.commit), one.path, ", ".join(more) or NOTHING


def _short(text: str) -> str:
    """With commits as tables have them."""
    return re.sub(r"\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b", lambda found: found[0][:SHORT], text)


def _differences(documents: Sequence[Document], differences: Sequence[Apart]) -> Iterator[str]:
    if not differences:
        yield f"All {len(documents)} agree.\n"
        return
    yield f"They differ in {len(differences)} {'things' if len(differences) > 1 else 'thing'}:\n"
    for one in differences:
        yield f"  {safe(_ABOUT[one.about] or one.name)}\n"
        for value, names in one.values:
            shown = value if one.about == "manifest" else _short(value)
            yield f"    {safe(shown or _NOTHING[one.about])}: {safe(', '.join(names))}\n"


def as_json(documents: Sequence[Document], differences: Sequence[Apart]) -> str:
    """One JSON document, ASCII, two-space indent, final newline."""
    told = {
        "schemaVersion": SCHEMA_VERSION,
        "documents": [_document(one) for one in documents],
        "differences": [
            {
                "about": one.about,
                "name": one.name,
                "values": [{"value": value or None, "documents": list(names)} for value, names in one.values],
            }
            for one in differences
        ],
    }
    return json.dumps(told, indent=2) + "\n"


def _document(one: Document) -> dict[str, Any]:
    return {
        "name": one.name,
        "place": one.place,
        "pod": one.pod or None,
        "agent": one.agent or None,
        "set": one.set or None,
        "complete": one.complete,
        "manifestDigest": one.digest or None,
        "remarks": list(one.remarks),
        "repositories": [{**held._asdict(), "error": held.error or None} for held in one.repositories],
        "items": [{**item._asdict(), "mount": item.mount or None, "shadows": list(item.shadows)} for item in one.items],
    }
