"""What of the destination is ours: by `installed.json`, and by the journal of a run that was killed."""

from __future__ import annotations

import stat

from overlays_node import NodeError
from overlays_node.destination import Destination
from overlays_node.installed import CLAUDE_SKILLS, LARGEST, RECORD, Entries, Record, is_folder, is_place, parse
from overlays_node.workbench import FOLDER, ITEM, LINK, Workbench


class Holdings:
    """`places` of items and loose files, `folders` and `links`; of the places, `record` says what some of them hold."""

    def __init__(self, destination: Destination, bench: Workbench, boot_id: str | None) -> None:
        """Find it out, and clean up after a killed run. Raises NodeError: it cannot be told."""
        self._destination = destination
        self.data = destination.read(RECORD, LARGEST)
        self.record = Record() if self.data is None else self._parsed(self.data)
        left = bench.recover()
        self.places = {*self.record.entries}
        self._sure = self.places - left.keys() if self.record.boot_id == boot_id else set()
        self.places |= {path for path, what in left.items() if what == ITEM and is_place(path)}
        self.folders = {*self.record.folders}
        self.folders |= {path for path, what in left.items() if what == FOLDER and is_folder(path)}
        self.links = {*self.record.links}
        self.links |= {path for path, what in left.items() if what == LINK and path == CLAUDE_SKILLS}

    def _parsed(self, data: bytes) -> Record:
        try:
            return parse(data)
        except NodeError as why:
            where = self._destination.path / RECORD
            raise NodeError(f"{where}: {why}: remove it and what was installed") from None

    def has(self, entries: Entries, form: int) -> bool:
        """Whether the same content is in place since an earlier run, as a thing of that form (stat.S_IFREG, say).

        The content is not looked at: what its readers changed in it stays until it is replaced.
        """
        place = entries[0].place
        old = self.record.entries.get(place, ()) if place in self._sure else ()
        same = [one.content() for one in old] == [one.content() for one in entries]
        return same and stat.S_IFMT(self._destination.mode(place)) == form
