"""Skills as people publish them: packages of other authors, fetched by `make skills`, laid out as agents get them."""

from __future__ import annotations

import pathlib
import stat
import zipfile
from collections import Counter
from typing import Final, NamedTuple

from overlays.content.lint.repository import Examined, Repository, examine
from tests.support.helm import ROOT

PINS: Final = ROOT / "requirements" / "skills.txt"
FETCHED: Final = ROOT / ".tools" / "skills"
BASE: Final = ".agents/skills"


class Package(NamedTuple):
    """One pin of the file."""

    name: str
    version: str
    digest: str

    @property
    def file(self) -> pathlib.Path:
        """The wheel."""
        found = sorted(FETCHED.glob(f"{self.name.replace('-', '_')}-{self.version}-*.whl"))
        assert len(found) == 1, f"{self.name} {self.version} is not in .tools/skills: run `make skills`"
        return found[0]


def packages() -> list[Package]:
    """All pins, in order."""
    lines = [line for line in PINS.read_text().replace("\\\n", " ").splitlines() if not line.startswith("#")]
    parts = [line.split() for line in lines]
    pins = [(one[0].partition("=="), one[1].removeprefix("--hash=sha256:")) for one in parts]
    return [Package(pin[0], pin[2], digest) for pin, digest in pins]


def lay_out(package: Package, folder: pathlib.Path) -> None:
    """Put every directory with a SKILL.md where skills are, with its executable bits; nothing else."""
    with zipfile.ZipFile(package.file) as wheel:
        names = [name for name in wheel.namelist() if not name.endswith("/")]
        for skill in (name.removesuffix("SKILL.md") for name in names if name.endswith("/SKILL.md")):
            for name in names:
                if name.startswith(skill):
                    file = folder / BASE / skill.rstrip("/").rpartition("/")[2] / name[len(skill) :]
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(wheel.read(name))
                    mode = wheel.getinfo(name).external_attr >> 16
                    file.chmod(0o755 if mode & stat.S_IXUSR else 0o644)


def examined(package: Package, folder: pathlib.Path) -> Examined:
    """What lint says about the skills of a package, for every reader."""
    lay_out(package, folder)
    return examine(Repository(folder, ".", {"skills": BASE}))


def told(found: Examined) -> dict[str, str]:
    """Skill to the codes of its findings, with their number where there are several: "OVL549 OVL583*2"."""
    codes: dict[str, Counter[str]] = {row.name: Counter() for row in found.rows}
    for one in found.findings:
        codes[one.where.file.removeprefix(f"{BASE}/").split("/")[0]][one.code] += 1
    return {
        name: " ".join(code if number == 1 else f"{code}*{number}" for code, number in sorted(found.items()))
        for name, found in sorted(codes.items())
    }
