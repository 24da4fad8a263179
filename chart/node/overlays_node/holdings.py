"""What of the destination is ours: by `installed.json`, and by the journal of runs that did not end."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable

from overlays_node import NodeError
from overlays_node.destination import Destination
from overlays_node.installed import LARGEST, Entries, Record, parse
from overlays_node.places import RECORD
from overlays_node.workbench import Workbench


class Holdings:
    """What is ours: `folders`, `links`, and `places` of items and loose files, with () for what is not known of one.

    `record` is what `installed.json` says; `interrupted`: a run put things in place after it, for whomever.
    """

    def __init__(self, destination: Destination, bench: Workbench, boot_id: str | None) -> None:
        """Find it out, and clean up after a killed run. Raises NodeError: it cannot be told."""
        self._destination = destination
        self._digest = b""
        record = self.record = self._read()
        left = bench.recover(record.entries.keys())
        self.places: dict[str, Entries] = {**record.entries}
        self._unsure = set() if record.boot_id == boot_id else {*self.places}
        for place in left.gone:
            self.places.pop(place, None)
        for place, entries in left.places.items():
            if entries:
                self.places[place] = entries
                self._unsure.discard(place)
            else:
                self.places.setdefault(place, ())
                self._unsure.add(place)
        self.interrupted = bool(left.places)
        self.folders = {*record.folders, *left.folders}
        self.links = {*record.links, *left.links} - left.gone

    def _read(self) -> Record:
        where = self._destination.path / RECORD
        advice = "remove it and what was installed"
        try:
            file = self._destination.open(RECORD, LARGEST)
        except NodeError as why:
            raise NodeError(f"{why}: {advice}") from None
        if file is None:
            return Record()
        with file:
            data = file.read(LARGEST)
        self._digest = _digest((data,))
        try:
            return parse(data)
        except NodeError as why:
            raise NodeError(f"{where}: {why}: {advice}") from None

    def has(self, place: str, entries: Entries, form: int) -> bool:
        """Whether the same content is in place since an earlier run, as a thing of that form (stat.S_IFREG, say).

        The content is not looked at: what its readers changed in it stays until it is replaced. Raises ClosedError.
        """
        old = self.places.get(place, ())
        if place in self._unsure or [one.content() for one in old] != [one.content() for one in entries]:
            return False
        return stat.S_IFMT(self._destination.mode(place)) == form

    def is_recorded(self, record: Record) -> bool:
        """Whether the record is, byte for byte, what is there."""
        return _digest(record.lines()) == self._digest


def _digest(lines: Iterable[bytes]) -> bytes:
    found = hashlib.sha256()
    for line in lines:
        found.update(line)
    return found.digest()
