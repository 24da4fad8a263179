"""`overlays migrate` as a user runs it: what it prints, what it writes, and when it does neither."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from typing import Final

import pytest

from tests.support.chaos_mount import bound, read_only, small_disk
from tests.support.helm import HELMS, helm_template
from tests.support.overlays import Ran, overlays

COMPAT: Final = """\
# Production.
global: {region: eu}

toolServer:
  ref: v2   # see the ticket
  extraSources:
    # search
    - repo: acme/search
      subdir: src/tools
"""
EXPLICIT: Final = """\
# Production.
global: {region: eu}

overlays:
  sources:
    - repo: paradigmxyz/centaur
      ref: v2   # see the ticket
    # search
    - repo: acme/search
      toolsSubdir: src/tools
"""
DIFF: Final = """\
--- values.yaml
+++ values.yaml
@@ -1,9 +1,10 @@
 # Production.
 global: {region: eu}
\x20
-toolServer:
-  ref: v2   # see the ticket
-  extraSources:
+overlays:
+  sources:
+    - repo: paradigmxyz/centaur
+      ref: v2   # see the ticket
     # search
     - repo: acme/search
-      subdir: src/tools
+      toolsSubdir: src/tools
"""
TOLD: Final = (
    "overlays: values.yaml: 2 sources in overlays.sources, no rendered variable changes "
    "(sha256:70040799848ca89ffe47c92f4daf702e46a17e93f55563cd4d71e68844690fb6)\n"
)


@pytest.fixture
def values(tmp_path: pathlib.Path) -> pathlib.Path:
    file = tmp_path / "values.yaml"
    file.write_text(COMPAT)
    return file


def migrate(values: pathlib.Path, *arguments: str, stdin: bytes = b"") -> Ran:
    return overlays("migrate", *arguments, values.name, cwd=values.parent, stdin=stdin)


def only_file(values: pathlib.Path) -> bool:
    """Whether nothing lies beside the file."""
    return list(values.parent.iterdir()) == [values]


# What it prints and writes


def test_a_diff_is_printed_and_nothing_written(values: pathlib.Path) -> None:
    assert migrate(values) == (0, DIFF.encode(), TOLD.encode())
    assert values.read_text() == COMPAT


def test_patch_takes_the_diff(values: pathlib.Path) -> None:
    for newline in ("\n", "\r\n"):
        for end in (newline, ""):
            before = COMPAT.replace("\n", newline).removesuffix(newline) + end
            values.write_bytes(before.encode())
            diff = migrate(values).stdout
            command = ["git", "apply", "-p0", "--whitespace=nowarn", "-"]
            subprocess.run(command, input=diff, cwd=values.parent, check=True)
            assert values.read_bytes() == EXPLICIT.replace("\n", newline).removesuffix(newline).encode() + end.encode()


def test_write_replaces_the_file_and_a_second_time_there_is_nothing_to_do(values: pathlib.Path) -> None:
    assert migrate(values, "--write") == (0, b"", TOLD.encode())
    assert values.read_text() == EXPLICIT
    for flags in ((), ("--write",)):
        told = b"overlays: values.yaml: nothing to do: the list is overlays.sources already (values.yaml:5:3)\n"
        assert migrate(values, *flags) == (0, b"", told)
    assert values.read_text() == EXPLICIT
    assert only_file(values)


def test_nothing_changes_for_helm_or_in_the_variables(values: pathlib.Path) -> None:
    def rendered() -> list[object]:
        streams = [helm_template(helm, ["-f", str(values)], release="prod") for helm in HELMS]
        assert [stream.code for stream in streams] == [0, 0]
        return [*(stream.stdout for stream in streams), overlays("render", "env", "-f", values).stdout]

    before = rendered()
    assert migrate(values, "--write").code == 0
    assert rendered() == before


def test_standard_input_is_a_file_that_is_not_written() -> None:
    ran = overlays("migrate", "-", stdin=COMPAT.encode())
    assert (ran.code, ran.stdout.decode()) == (0, DIFF.replace("values.yaml", "-"))
    ran = overlays("migrate", "--write", "-", stdin=COMPAT.encode())
    assert (ran.code, ran.stdout) == (64, b"")
    assert ran.told.startswith("overlays: --write needs the name of a file: - is standard input\n")


def test_a_disabled_tool_server_has_nothing_to_migrate(values: pathlib.Path) -> None:
    values.write_text("toolServer: {enabled: false, ref: x}\n")
    told = "overlays: values.yaml: nothing to do: toolServer.enabled is false, so there are no sources\n"
    assert migrate(values, "--write") == (0, b"", told.encode())
    assert values.read_text() == "toolServer: {enabled: false, ref: x}\n"


def test_values_with_an_error_are_not_migrated(values: pathlib.Path) -> None:
    values.write_text("toolServer:\n  reff: x\n")
    ran = migrate(values, "--write")
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told.startswith("values.yaml:2:3: error OVL111: unknown key 'reff'")
    assert values.read_text() == "toolServer:\n  reff: x\n"


def test_a_file_that_is_not_there(tmp_path: pathlib.Path) -> None:
    ran = overlays("migrate", "none.yaml", cwd=tmp_path)
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told.startswith("none.yaml: error OVL101: cannot read 'none.yaml': there is no such file\n")


def test_a_new_warning_is_told(values: pathlib.Path) -> None:
    values.write_text("toolServer:\n  repo: acme/base\n")
    ran = migrate(values)
    assert ran.code == 0
    assert ran.told.startswith(
        "values.yaml:2:3: warning OVL301: the base repository 'paradigmxyz/centaur' is not in overlays.sources: "
    )


# Several files


def test_a_list_over_several_files_and_flags_comes_whole_into_the_file(values: pathlib.Path) -> None:
    (values.parent / "base.yaml").write_text("toolServer: {repo: acme/base, visibility: public, ref: old}\n")
    values.write_text("toolServer:\n  extraSources: [{repo: a/b}]\n  ref: old # the release\n")
    ran = migrate(values, "--write", "-f", "base.yaml", "--set", "toolServer.ref=v3")
    assert (ran.code, ran.stdout) == (0, b"")
    assert values.read_text() == (
        "overlays:\n  sources:\n    - repo: acme/base\n      ref: v3 # the release\n      visibility: public\n"
        "    - {repo: a/b}\n"
    )
    notes = [line for line in ran.told.splitlines() if " note: " in line]
    assert notes == [
        "base.yaml:1:14: note: toolServer.repo does nothing any more and can be removed",
        "base.yaml:1:51: note: toolServer.ref does nothing any more and can be removed",
        "--set toolServer.ref=v3: note: toolServer.ref does nothing any more and can be removed",
        "base.yaml:1:31: note: toolServer.visibility does nothing any more and can be removed",
    ]


def test_the_file_keeps_its_place_among_the_others(values: pathlib.Path) -> None:
    (values.parent / "later.yaml").write_text("toolServer:\n  ref: v9\n")
    for name in ("values.yaml", "./values.yaml"):
        values.write_text("toolServer:\n  ref: v2 # ours\n")
        assert migrate(values, "--write", "-f", f"{name},later.yaml").code == 0
        assert "      ref: v9 # ours\n" in values.read_text()
    values.write_text("toolServer:\n  ref: v2 # ours\n")
    assert migrate(values, "--write", "-f", "later.yaml").code == 0
    assert "      ref: v2 # ours\n" in values.read_text()


def test_a_file_without_the_keys_gets_the_list_of_the_others(values: pathlib.Path) -> None:
    (values.parent / "base.yaml").write_text("toolServer:\n  extraSources:\n  - {repo: a/b, ref: 'on', subdir: t}\n")
    values.write_text("a,b: 1\n")
    renamed = values.rename(values.with_name('one, "two".yaml'))
    assert overlays("migrate", "--write", "-f", "base.yaml", renamed.name, cwd=values.parent).code == 0
    assert renamed.read_text() == (
        "a,b: 1\noverlays:\n  sources:\n    - repo: paradigmxyz/centaur\n"
        '    - repo: a/b\n      ref: "on"\n      toolsSubdir: t\n'
    )


def test_a_list_that_another_file_replaces_is_refused(values: pathlib.Path) -> None:
    (values.parent / "later.yaml").write_text("toolServer: {extraSources: [{repo: a/b}]}\n")
    ran = migrate(values, "--write", "-f", "values.yaml", "-f", "later.yaml")
    assert (ran.code, ran.stdout, values.read_text()) == (1, b"", COMPAT)
    assert ran.told.startswith("values.yaml:6:3: error OVL313: toolServer.extraSources of this file is not the list")


def test_a_later_file_that_empties_the_list_is_named(values: pathlib.Path) -> None:
    (values.parent / "later.yaml").write_text("overlays: {sources: []}\n")
    for text, code in ((COMPAT, "OVL311"), (EXPLICIT, "OVL313")):
        values.write_text(text)
        ran = migrate(values, "--write", "-f", "values.yaml", "-f", "later.yaml")
        assert (ran.code, ran.stdout, values.read_text()) == (1, b"", text)
        assert f" error {code}: " in ran.told
    values.write_text(COMPAT)
    told = migrate(values, "-f", "values.yaml", "-f", "later.yaml").told
    assert "would not say the same: later.yaml:1:12 sets overlays.sources to an empty list: " in told


def test_a_variable_that_would_change_is_named(values: pathlib.Path) -> None:
    ran = migrate(values, "--write", "--set-file", "sandbox.extraEnv.TEXT=values.yaml")
    assert (ran.code, ran.stdout, values.read_text()) == (1, b"", COMPAT)
    assert ran.told == (
        "values.yaml: error OVL311: the edited file would not say the same: SESSION_SANDBOX_EXTRA_ENV of the API, "
        "TEXT of the sandboxes: a migration changes nothing that is rendered, and no other value of the file\n"
        "  hint: write the list by hand as `overlays render values` prints it\n"
    )


# Writing


def edit_meanwhile(values: pathlib.Path, edit: str) -> subprocess.CompletedProcess[bytes]:
    """Run `migrate --write` on the file, which a shell command changes after it was read.

    A pipe named with -f is opened when the file has been read, and ends when the edit is done.
    """
    os.mkfifo(values.parent / "gate.yaml")
    migrating = f"{sys.executable} -m overlays migrate --write -f gate.yaml values.yaml"
    command = f"(exec 3> gate.yaml; {edit}) & {migrating}"
    return subprocess.run(["sh", "-c", command], cwd=values.parent, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("edit", "left"),
    [
        ("echo '# theirs' >> values.yaml", f"{COMPAT}# theirs\n"),
        ("cp values.yaml new; mv new values.yaml", COMPAT),
        ("printf x > new; mv new values.yaml", "x"),
    ],
    ids=["edited", "replaced by the same", "replaced"],
)
def test_a_file_that_changed_meanwhile_is_not_overwritten(values: pathlib.Path, edit: str, left: str) -> None:
    done = edit_meanwhile(values, edit)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"values.yaml: error OVL314: 'values.yaml' changed while it was being read: ")
    assert values.read_text() == left
    assert sorted(path.name for path in values.parent.iterdir()) == ["gate.yaml", "values.yaml"]


def test_a_file_that_was_removed_meanwhile_is_not_made_anew(values: pathlib.Path) -> None:
    done = edit_meanwhile(values, "rm values.yaml")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b" error OVL118: cannot write 'values.yaml'" in done.stderr
    assert not values.exists()


def test_mode_owner_and_links_stay(values: pathlib.Path) -> None:
    values.chmod(0o640)
    os.chown(values, 12345, 12346)
    link = values.parent / "link.yaml"
    link.symlink_to("values.yaml")
    assert overlays("migrate", "--write", "link.yaml", cwd=values.parent).code == 0
    assert (link.readlink(), values.read_text()) == (pathlib.Path("values.yaml"), EXPLICIT)
    found = values.stat()
    assert (found.st_mode & 0o7777, found.st_uid, found.st_gid) == (0o640, 12345, 12346)


def test_a_hard_link_keeps_the_old_file(values: pathlib.Path) -> None:
    twin = values.parent / "twin.yaml"
    twin.hardlink_to(values)
    assert migrate(values, "--write").code == 0
    assert (values.read_text(), twin.read_text()) == (EXPLICIT, COMPAT)


def refused(values: pathlib.Path, why: str) -> None:
    """Check that --write leaves the file and nothing else."""
    ran = migrate(values, "--write")
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told.splitlines()[-2] == f"values.yaml: error OVL118: cannot write 'values.yaml': {why}"
    assert values.read_text() == COMPAT
    assert only_file(values)


def test_a_read_only_file_stays(values: pathlib.Path) -> None:
    values.chmod(0o444)
    refused(values, "it is read-only")


def test_a_file_in_a_read_only_directory_stays(values: pathlib.Path) -> None:
    with read_only(values.parent):
        refused(values, "it is read-only")


def test_a_file_that_is_mounted_stays(values: pathlib.Path) -> None:
    """As a file of a ConfigMap in a pod: a new one cannot be put in its place."""
    aside = values.parent.with_name(f"{values.parent.name}-aside")
    aside.write_text(COMPAT)
    with bound(aside, values):
        refused(values, "device or resource busy")


def test_a_file_on_a_full_disk_stays(values: pathlib.Path) -> None:
    with small_disk(values.parent / "disk", size="64k", inodes=16) as disk:
        file = disk / "values.yaml"
        file.write_text(COMPAT)
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as stream:
            try:
                while stream.write(b"x" * 512):
                    pass
            except OSError:
                pass
        ran = migrate(file, "--write")
        assert (ran.code, ran.stdout) == (1, b"")
        assert " error OVL118: cannot write 'values.yaml': no space left on device\n" in ran.told
        assert file.read_text() == COMPAT
        assert {path.name for path in disk.iterdir()} == {"filler", "values.yaml"}


def test_a_pipe_is_not_written(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "values.yaml")
    writing = f"cat > values.yaml <<'END' & {sys.executable} -m overlays migrate --write values.yaml\n{COMPAT}END\n"
    done = subprocess.run(["sh", "-c", writing], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b" error OVL118: cannot write 'values.yaml': it is no regular file\n" in done.stderr
    assert (tmp_path / "values.yaml").is_fifo()
