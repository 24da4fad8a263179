from __future__ import annotations

import json
import pathlib
import threading

import pytest

from overlays_node import NodeError, health
from overlays_node.config import digest_of
from overlays_node.git import Git
from overlays_node.volume import Volume, writer_lock
from overlays_node.wake import Wake
from overlays_node.writer import Writer
from tests.support.git_http import Hang, Status
from tests.support.git_repo import Executable
from tests.support.node import Node


def ready(node: Node) -> str | None:
    status = health.read(Volume(node.root))
    pod = status.pod if status else ""
    return health.why_not_ready(
        Volume(node.root), status, digest_of(node.manifest.read_bytes()), pod, node.manifest.stat().st_mtime
    )


def test_first_pass_serves_everything(node: Node) -> None:
    commit = node.repo("acme/one", {"tools/a/run.sh": Executable("#!/bin/sh\n")}).refs()["refs/heads/main"]
    node.repo("acme/two", {"x": "2"})
    node.want("acme/one", "acme/two@main")
    assert node.sync() == 0
    assert node.text("acme/one/tools/a/run.sh") == "#!/bin/sh\n"
    assert node.text("acme/two/x") == "2"
    assert node.text("acme/one/.git/HEAD") == f"{commit}\n"
    status = node.status()
    assert status["schemaVersion"] == 1
    assert status["manifestDigest"] == digest_of(node.manifest.read_bytes())
    assert (status["complete"], status["ready"], status["interval"]) == (True, True, 30)
    assert status["finishedAt"] >= status["startedAt"]
    one = status["repositories"]["acme/one"]
    assert (one["ref"], one["commit"], one["lastError"], one["failures"]) == ("", commit, None, 0)
    assert one["lastSuccess"] is not None
    assert ready(node) is None


def test_layout(node: Node) -> None:
    commit = node.repo("acme/one", {"x": "1"}).refs()["refs/heads/main"]
    node.want("acme/one")
    node.sync()
    name = node.status()["set"]
    links = {
        ".current": f".sets/{name}",
        "acme/one": "../.current/acme/one",
        f".sets/{name}/acme/one": f"../../../.trees/acme%2Fone/{commit}",
    }
    assert {path: str((node.root / path).readlink()) for path in links} == links
    assert (node.root / f".store/acme%2Fone.git/refs/overlays/{commit}").read_text() == f"{commit}\n"
    assert [*(node.root / ".tmp").iterdir()] == []
    assert [*(node.root / ".trash").iterdir()] == []
    record = json.loads(node.text(f".sets/{name}/.set.json"))
    assert record["manifestDigest"] == digest_of(node.manifest.read_bytes())
    assert record["complete"] is True
    assert record["repositories"]["acme/one"] == {
        "ref": "",
        "cloneUrl": node.server.url("acme/one"),
        "commit": commit,
        "kind": "head",
        "public": False,
    }


def test_steady_pass_costs_one_conversation_per_branch_and_none_per_pin(node: Node) -> None:
    node.repo("acme/branch", {"x": "1"})
    pin = node.repo("acme/pin", {"x": "1"}).refs()["refs/heads/main"]
    node.want("acme/branch@main", f"acme/pin@{pin}")
    assert node.sync() == 0
    before = node.status()["set"]
    node.server.requests.clear()
    assert node.sync() == 0
    assert (node.server.greetings("acme/branch"), node.server.greetings("acme/pin")) == (1, 0)
    assert node.status()["set"] == before


def test_branch_moves(node: Node) -> None:
    one = node.repo("acme/one", {"x": "1", "gone": ""})
    node.want("acme/one")
    node.sync()
    first = node.status()["set"]
    one.commit({"x": "2", "gone": None})
    assert node.sync() == 0
    assert node.text("acme/one/x") == "2"
    assert not (node.root / "acme/one/gone").exists()
    assert node.status()["set"] != first


def test_force_push_and_renamed_default_branch_are_followed(node: Node) -> None:
    one = node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    node.sync()
    one.commit({"x": "other history"}, fresh=True)
    assert node.sync() == 0
    assert node.text("acme/one/x") == "other history"
    one.commit({"x": "trunk"}, branch="trunk", fresh=True)
    one.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    one.delete_branch("main")
    assert node.sync() == 0
    assert node.text("acme/one/x") == "trunk"


# Section 7 of the specification: what existing caches get wrong.


def test_ref_that_does_not_exist_is_never_the_default_branch(node: Node) -> None:
    node.repo("acme/one", {"x": "main"})
    node.repo("acme/two", {"x": "2"})
    node.want("acme/one@nowhere", "acme/two")
    assert node.sync() == 1
    assert not (node.root / "acme/one").exists()
    assert "does not exist" in node.of("acme/one")["lastError"]
    assert node.of("acme/one")["commit"] is None
    assert node.text("acme/two/x") == "2"  # a node that never had a set: the rest can work
    assert (node.status()["complete"], node.status()["ready"]) == (False, False)
    assert "acme/one" in str(ready(node))


@pytest.mark.parametrize("fault", [Status(500), Status(401), Status(404)])
def test_remote_down_or_token_revoked_is_a_failure_and_keeps_the_last_good(node: Node, fault: Status) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    node.sync()
    good = node.of("acme/one")
    node.server.faults["acme/one"] = fault
    assert node.sync() == 1
    assert node.sync() == 1
    bad = node.of("acme/one")
    assert (bad["commit"], bad["lastSuccess"], bad["failures"]) == (good["commit"], good["lastSuccess"], 2)
    assert bad["lastError"].startswith("git ls-remote: ")
    assert node.text("acme/one/x") == "1"
    node.server.faults.clear()
    assert node.sync() == 0
    assert (node.of("acme/one")["lastError"], node.of("acme/one")["failures"]) == (None, 0)


def test_deleted_branch_keeps_its_last_commit_and_is_an_error(node: Node) -> None:
    one = node.repo("acme/one", {"x": "main"})
    one.commit({"x": "dev"}, branch="dev")
    node.want("acme/one@dev")
    node.sync()
    one.delete_branch("dev")
    assert node.sync() == 1
    assert node.text("acme/one/x") == "dev"
    assert "'dev' does not exist" in node.of("acme/one")["lastError"]


@pytest.mark.parametrize("annotated", [False, True])
def test_moved_tag_is_followed(node: Node, annotated: bool) -> None:
    one = node.repo("acme/one", {"x": "1"})
    one.tag("v1", "refs/heads/main", annotated=annotated)
    node.want("acme/one@v1")
    assert node.sync() == 0
    one.tag("v1", one.commit({"x": "2"}), annotated=annotated)
    assert node.sync() == 0
    assert node.text("acme/one/x") == "2"


def test_local_change_never_holds_back_an_update(node: Node) -> None:
    one = node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    node.sync()
    file = node.root / "acme/one/x"
    file.chmod(0o644)
    file.write_text("changed on the node")
    one.commit({"x": "2"})
    assert node.sync() == 0
    assert node.text("acme/one/x") == "2"


def test_one_failing_repository_is_named_and_holds_nobody_back(node: Node) -> None:
    node.repo("acme/bad", {"x": "1"})
    two = node.repo("acme/two", {"x": "1"})
    node.want("acme/bad", "acme/two")
    node.sync()
    node.server.faults["acme/bad"] = Status(503)
    two.commit({"x": "2"})
    assert node.sync() == 1
    assert node.text("acme/two/x") == "2"
    assert ready(node) is None  # complete, of this manifest, fresh
    assert (node.of("acme/bad")["failures"], node.of("acme/two")["failures"]) == (1, 0)
    assert [event["repository"] for event in node.events() if event["event"] == "repository-failed"] == ["acme/bad"]


def test_names_that_begin_alike_do_not_touch_each_other(node: Node) -> None:
    for name in ("acme/one", "acme/one.tmpl", "acme/one.tmp"):
        node.repo(name, {"x": name})
    node.want("acme/one.tmpl", "acme/one.tmp")
    node.sync()
    node.want("acme/one.tmpl", "acme/one.tmp", "acme/one")
    assert node.sync() == 0
    for name in ("acme/one", "acme/one.tmpl", "acme/one.tmp"):
        assert node.text(f"{name}/x") == name


def test_repository_that_leaves_the_list_loses_its_path_in_the_same_pass(node: Node) -> None:
    for name in ("acme/one", "acme/two", "other/three"):
        node.repo(name, {"x": name})
    node.want("acme/one", "acme/two", "other/three")
    node.sync()
    node.want("acme/one")
    assert node.sync() == 0
    assert [path.name for path in (node.root / "acme").iterdir()] == ["one"]
    assert not (node.root / "other").exists()
    assert [*node.status()["repositories"]] == ["acme/one"]
    node.want()
    assert node.sync() == 0
    assert not (node.root / "acme").exists()
    assert node.status()["complete"] is True


@pytest.mark.parametrize("ref", ["-x", "--upload-pack=touch owned", "--help", "a b", "a..b", "a:b", "$(x)"])
def test_ref_that_is_an_option_or_illegal_is_refused(node: Node, ref: str) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want(f"acme/one@{ref}")
    assert node.sync() == 1
    assert "not a legal" in node.of("acme/one")["lastError"]
    assert node.server.requests == []


def test_reader_that_resolved_once_sees_one_commit_during_an_update(node: Node) -> None:
    one = node.repo("acme/one", {"x": "1", "y": "1"})
    node.want("acme/one")
    node.sync()
    resolved = (node.root / "acme/one").resolve()
    assert (resolved / "x").read_text() == "1"
    one.commit({"x": "2", "y": "2"})
    node.sync()
    assert (resolved / "y").read_text() == "1"
    assert node.text("acme/one/y") == "2"


def test_restarted_pod_is_not_ready_before_its_first_pass(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    node.sync()
    hang = Hang()
    node.server.faults["acme/one"] = hang
    writer = threading.Thread(target=node.sync)
    writer.start()
    assert hang.reached.wait(30)
    assert node.status()["finishedAt"] is None
    assert ready(node) == "the first pass is still running"
    assert node.of("acme/one")["commit"] is not None  # what is served is told meanwhile
    hang.release.set()
    writer.join()
    assert ready(node) is None


# Keep the last good; a new configuration becomes current only when it is complete.


def test_new_configuration_waits_until_it_is_complete(node: Node) -> None:
    one = node.repo("acme/one", {"x": "main"})
    one.commit({"x": "dev"}, branch="dev")
    node.repo("acme/two", {"x": "2"})
    node.want("acme/one")
    node.sync()
    before = node.status()["set"]
    node.server.faults["acme/two"] = Status(500)
    node.want("acme/one@dev", "acme/two")
    assert node.sync() == 1
    assert (node.status()["set"], node.text("acme/one/x")) == (before, "main")
    assert not (node.root / "acme/two").exists()
    assert "another manifest" in str(ready(node))
    node.server.faults.clear()
    assert node.sync() == 0
    assert (node.text("acme/one/x"), node.text("acme/two/x")) == ("dev", "2")
    assert ready(node) is None


def test_last_good_is_not_taken_for_another_ref_or_url(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.repo("acme/copy", {"x": "copy"})
    node.want("acme/one")
    node.sync()
    node.want("acme/one@gone")
    assert node.sync() == 1
    assert node.of("acme/one")["commit"] is None
    node.server.faults["acme/copy"] = Status(500)
    node.want("acme/one", one=node.server.url("acme/copy"))
    assert node.sync() == 1
    assert node.of("acme/one")["commit"] is None
    assert node.text("acme/one/x") == "1"


def test_rollback_works_while_the_remote_is_down(node: Node) -> None:
    one = node.repo("acme/one", {"x": "main"})
    one.commit({"x": "dev"}, branch="dev")
    node.want("acme/one@main")
    node.sync()
    node.want("acme/one@dev")
    node.sync()
    node.server.faults["acme/one"] = Status(500)
    node.want("acme/one@main")
    assert node.sync() == 1  # the repository failed, but what was asked for is served
    assert node.text("acme/one/x") == "main"
    assert ready(node) is None


def test_incomplete_set_grows_on_a_node_that_never_had_one(node: Node) -> None:
    for name in ("acme/one", "acme/two", "acme/three"):
        node.repo(name, {"x": name})
    node.server.faults.update({"acme/two": Status(500), "acme/three": Status(500)})
    node.want("acme/one", "acme/two", "acme/three")
    assert node.sync() == 1
    assert sorted(path.name for path in (node.root / "acme").iterdir()) == ["one"]
    del node.server.faults["acme/two"]
    assert node.sync() == 1
    assert sorted(path.name for path in (node.root / "acme").iterdir()) == ["one", "two"]
    assert node.status()["complete"] is False
    node.server.faults.clear()
    assert node.sync() == 0
    assert node.status()["complete"] is True


def test_clone_url_change_is_seen_in_the_tree(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    pin = node.repos["acme/one"].refs()["refs/heads/main"]
    node.want(f"acme/one@{pin}")
    node.sync()
    node.want(f"acme/one@{pin}", one="https://git.example.invalid/acme/one.git")
    assert node.sync() == 0  # the tree of the pinned commit is there: no remote is contacted
    assert "url = https://git.example.invalid/acme/one.git\n" in node.text("acme/one/.git/config")


def test_published_tree_that_was_lost_comes_back(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    node.sync()
    (node.root / "acme/one").resolve().rename(node.folder / "stolen")
    assert node.sync() == 0
    assert node.text("acme/one/x") == "1"


# Another cache on the same path.


def test_directory_of_another_cache_is_served_until_the_set_is_complete(node: Node) -> None:
    node.repo("acme/one", {"x": "new"})
    node.repo("acme/two", {"x": "2"})
    old = node.root / "acme/one"
    (old / ".git").mkdir(parents=True)
    (old / "x").write_text("old")
    (old / ".git").chmod(0o500)
    (node.root / "foreign.lock").touch()
    (node.root / "acme/unrelated").mkdir()
    node.server.faults["acme/two"] = Status(500)
    node.want("acme/one", "acme/two")
    assert node.sync() == 1
    assert node.text("acme/one/x") == "old"
    node.server.faults.clear()
    assert node.sync() == 0
    assert (node.text("acme/one/x"), node.text("acme/two/x")) == ("new", "2")
    assert (node.root / "foreign.lock").exists()
    assert (node.root / "acme/unrelated").is_dir()
    assert [*(node.root / ".trash").iterdir()] == []


@pytest.mark.parametrize("place", ["acme/one", "acme"])
def test_foreign_link_is_replaced_and_its_target_untouched(node: Node, place: str) -> None:
    node.repo("acme/one", {"x": "new"})
    elsewhere = node.folder / "elsewhere"
    (elsewhere / "one").mkdir(parents=True)
    (elsewhere / "x").write_text("theirs")
    link = node.root / place
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    node.want("acme/one")
    assert node.sync() == 0
    assert node.text("acme/one/x") == "new"
    assert sorted(path.name for path in elsewhere.iterdir()) == ["one", "x"]
    assert (elsewhere / "one").is_dir()


# The manifest, the lock, the loop.


def test_invalid_manifest_keeps_what_is_there(node: Node) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    node.sync()
    before = node.status()["set"]
    node.manifest.write_text('{"schemaVersion": 2}')
    assert node.sync() == 1
    assert node.status()["set"] == before
    assert "schemaVersion is 2" in node.status()["manifestError"]
    assert "schemaVersion is 2" in str(ready(node))
    assert node.text("acme/one/x") == "1"


def test_second_writer_gives_up_after_the_timeout(node: Node) -> None:
    node.want()
    node.sync()
    with writer_lock(Volume(node.root), None), pytest.raises(NodeError, match="another sync still holds it"):
        node.sync(timeout=0.01)
    assert [event["event"] for event in node.events()][-1] == "waiting-for-lock"


def test_hanging_repository_does_not_hold_back_the_next_passes(node: Node) -> None:
    node.repo("acme/slow", {"x": "1"})
    two = node.repo("acme/two", {"x": "1"})
    node.want("acme/slow", "acme/two")
    node.sync()
    hang = Hang()
    node.server.faults["acme/slow"] = hang
    volume = Volume(node.root)
    options = node.options(once=False, interval=0.05, jobs=1)
    git = Git(volume.tmp)
    wake = Wake(node.manifest)
    writer = Writer(options, volume, git)
    assert writer.run_pass(wake) is False
    assert hang.reached.wait(30)
    for text in ("2", "3"):
        two.commit({"x": text})
        passes = (writer.run_pass(wake) for _ in range(600))
        assert any(node.text("acme/two/x") == text for _ in passes)
    assert node.of("acme/slow")["failures"] == 0  # still running: neither good nor bad
    git.stop()
    while writer.workers.busy():
        writer.run_pass(wake)


def test_jobs_of_one_pass_are_published_before_the_slow_one_ends(node: Node) -> None:
    node.repo("acme/slow", {"x": "1"})
    node.repo("acme/two", {"x": "2"})
    hang = Hang()
    node.server.faults["acme/slow"] = hang
    node.want("acme/slow", "acme/two")
    writer = threading.Thread(target=node.sync)
    writer.start()
    published = (node.root / "acme/two/x").exists
    for _ in range(600):
        if not published():
            writer.join(0.05)
    assert published()
    hang.release.set()
    writer.join()
    assert node.text("acme/slow/x") == "1"
    assert node.status()["complete"] is True


def test_left_overs_of_a_killed_pass_are_cleaned(node: Node) -> None:
    one = node.repo("acme/one", {"x": "1"})
    node.want("acme/one")
    node.sync()
    store = node.root / ".store/acme%2Fone.git"
    (store / "shallow.lock").touch()
    (node.root / ".tmp/tree.1.0/sub").mkdir(parents=True)
    (node.root / ".trash/old/sub").mkdir(parents=True)
    one.commit({"x": "2"})
    assert node.sync() == 0
    assert node.text("acme/one/x") == "2"
    assert [*(node.root / ".tmp").iterdir(), *(node.root / ".trash").iterdir()] == []


def test_unusable_root_is_one_sentence(node: Node, tmp_path: pathlib.Path) -> None:
    node.want()
    (tmp_path / "file").touch()
    with pytest.raises(NodeError, match="cannot be used as a cache"):
        node.sync(root=tmp_path / "file")
