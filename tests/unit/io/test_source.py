from __future__ import annotations

import io
import os
import pathlib
import subprocess
import sys

import pytest

from overlays.errors import InvalidInput
from overlays.io.source import MAX_BYTES, Sources
from overlays.model.finding import Finding, Location


def finding(name: str, sources: Sources | None = None, where: Location | None = None) -> Finding:
    with pytest.raises(InvalidInput) as caught:
        (sources or Sources()).read(name, where)
    [found] = caught.value.findings
    return found


def test_a_file(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "v.yaml"
    file.write_bytes(b"a: \xff\n")
    assert Sources().read(str(file)) == b"a: \xff\n"


def test_standard_input_once() -> None:
    sources = Sources(io.BytesIO(b"a: 1\n"))
    assert sources.read("-") == b"a: 1\n"
    assert finding(" - ", sources) == Finding(
        Location("-"), "OVL101", "", "cannot read '-' a second time", "standard input was already read",
        "name - once, and files for the rest",
    )  # fmt: skip


def test_a_missing_file() -> None:
    assert finding("no/such\nfile") == Finding(
        Location("no/such\nfile"), "OVL101", "", "cannot read 'no/such\\nfile'", "there is no such file",
        "check the spelling; the path is relative to the working directory",
    )  # fmt: skip


def test_a_directory(tmp_path: pathlib.Path) -> None:
    found = finding(str(tmp_path))
    assert (found.code, found.why, found.hint) == ("OVL101", "it is a directory", "name a file in it")


def test_a_file_as_directory(tmp_path: pathlib.Path) -> None:
    (tmp_path / "f").touch()
    assert finding(f"{tmp_path}/f/v.yaml").why == "not a directory"


def test_a_url() -> None:
    assert finding("https://example.org/v.yaml").hint == (
        "fetch the file first: only local files and - (standard input) are read"
    )


def test_a_name_with_a_nul() -> None:
    assert finding("a\0b").why == "embedded null byte"


def test_no_permission(tmp_path: pathlib.Path) -> None:
    """As another user, since root may read everything."""
    file = tmp_path / "v.yaml"
    file.write_text("a: 1\n")
    file.chmod(0)
    code = (
        "import os, sys\n"
        "from overlays.io.source import Sources\n"
        "from overlays.errors import InvalidInput\n"
        f"os.chdir({str(tmp_path)!r})\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "try: Sources().read('v.yaml')\n"
        "except InvalidInput as error: print(error.findings[0].code, error.findings[0].why)\n"
    )
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and folder != pathlib.Path("/") and "pytest" in folder.name:
            folder.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("OVL101 permission denied\n", "")


def test_a_file_that_is_too_large(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "v.yaml"
    with file.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    found = finding(str(file))
    assert (found.code, found.what) == ("OVL101", f"{str(file)!r} is too large")
    assert (found.why, found.hint) == ("a file has at most 16 MiB", "split the file, or name another one")
    with file.open("wb") as stream:
        stream.truncate(MAX_BYTES)
    assert len(Sources().read(str(file))) == MAX_BYTES


def test_an_endless_file() -> None:
    assert finding("/dev/zero").what == "'/dev/zero' is too large"


def test_the_place_may_be_given() -> None:
    assert (
        finding("no such file", where=Location("--set-file a=no such file")).where.file == "--set-file a=no such file"
    )
