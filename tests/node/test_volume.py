from __future__ import annotations

import pathlib
import subprocess
import sys
import threading

import pytest

from overlays_node.volume import Volume, VolumeError, link_target, probe, writer_lock


@pytest.fixture
def volume(tmp_path: pathlib.Path) -> Volume:
    made = Volume(tmp_path / "root")
    made.create()
    return made


def test_write_and_link_replace_what_stands_there(volume: Volume) -> None:
    path = volume.root / "name"
    volume.write(path, b"one")
    volume.write(path, b"two", 0o444)
    assert path.read_bytes() == b"two"
    volume.link(path, "target")
    volume.link(path, "other")
    assert link_target(path) == "other"
    assert [*volume.tmp.iterdir()] == []


def test_discard_moves_aside_and_empty_trash_deletes(volume: Volume) -> None:
    deep = volume.root / "old/a/b"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    (volume.root / "old/outside").symlink_to(volume.root / ".store")
    deep.chmod(0o500)
    volume.discard(volume.root / "old")
    volume.discard(volume.root / "absent")
    assert not (volume.root / "old").exists()
    assert len([*volume.trash.iterdir()]) == 1
    volume.empty_trash()
    assert [*volume.trash.iterdir()] == []
    assert volume.stores.is_dir()


def test_probe_leaves_nothing(volume: Volume) -> None:
    probe(volume)
    assert [*volume.tmp.iterdir()] == []


def test_probe_of_a_volume_that_cannot_be_written(volume: Volume) -> None:
    volume.tmp.rmdir()
    with pytest.raises(VolumeError, match="this volume cannot be used: no files"):
        probe(volume)


def test_flush(volume: Volume) -> None:
    volume.flush()


def test_lock_is_waited_for(volume: Volume, capsys: pytest.CaptureFixture[str]) -> None:
    order: list[str] = []

    def second() -> None:
        with writer_lock(volume, None):
            order.append("second")

    thread = threading.Thread(target=second)
    with writer_lock(volume, None):
        thread.start()
        told = ""
        while "waiting-for-lock" not in told:
            told += capsys.readouterr().err
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_lock_outlives_its_writer_in_a_child(volume: Volume) -> None:
    with writer_lock(volume, None) as descriptor:
        program = "import sys; sys.stdin.read()"
        child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, pass_fds=(descriptor,))
    with pytest.raises(VolumeError, match="still holds it"), writer_lock(volume, 0):
        pass
    child.communicate()
    with writer_lock(volume, 0):
        pass


def test_lock_that_is_a_link_is_refused(volume: Volume) -> None:
    volume.lock.symlink_to("elsewhere")
    with pytest.raises(VolumeError, match="cannot be opened"), writer_lock(volume, 0):
        pass
