"""The program as the pod runs it: a subprocess, by the oldest Python on this machine."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from overlays_node import __main__ as program
from overlays_node.volume import Volume, writer_lock
from tests.support.git_http import Hang, Unauthorized
from tests.support.node import Node
from tests.support.program import oldest_python

PACKAGE = pathlib.Path(program.__file__).parent


@pytest.fixture(scope="session")
def carried(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The package as a ConfigMap carries it: flat, read-only, nothing else around."""
    folder = tmp_path_factory.mktemp("carried")
    (folder / "overlays_node").mkdir()
    for file in PACKAGE.glob("*.py"):
        shutil.copy(file, folder / "overlays_node")
        (folder / "overlays_node" / file.name).chmod(0o444)
    return folder


@pytest.fixture(scope="session")
def command(carried: pathlib.Path) -> list[str]:
    return ["env", f"PYTHONPATH={carried}", oldest_python(), "-B", "-m", "overlays_node"]


def run(command: list[str], *args: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "OVERLAYS_MIN_FREE": "0%", **variables}
    return subprocess.run([*command, *args], check=False, capture_output=True, text=True, env=environment)


def test_sync_ready_status_end_to_end(node: Node, command: list[str]) -> None:
    node.repo("acme/one", {"x": "1"})
    node.repo("acme/two", {"x": "2"})
    node.want("acme/one", "acme/two@main")
    where = ["--root", str(node.root)]
    mounted = [*where, "--manifest", str(node.manifest)]
    before = run(command, "ready", *mounted)
    assert (before.returncode, before.stdout) == (1, "not ready: no sync has run here\n")
    assert run(command, "status", *where).returncode == 1

    done = run(command, "sync", "--once", *mounted)
    assert (done.returncode, done.stdout) == (0, "")
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert [one for one in events if not one.startswith("surface-")][-3:] == [
        "set-published",
        "set-served",
        "pass-finished",
    ]
    assert node.text("acme/one/x") == "1"

    assert run(command, "ready", *mounted).stdout == "ready\n"
    assert json.loads(run(command, "status", "--json", *where).stdout)["ready"] is True
    assert run(command, "status", *where).stdout.startswith("ready\nset ")
    node.want("acme/one")
    after = run(command, "ready", *mounted)
    assert (after.returncode, after.stdout) == (1, "not ready: the current set was made from another manifest\n")


def test_published_files_can_be_read_by_others(node: Node, command: list[str]) -> None:
    node.repo("acme/one", {"d/x": "1"})
    node.want("acme/one")
    old = os.umask(0o077)
    try:
        run(command, "sync", "--once", "--root", str(node.root), "--manifest", str(node.manifest))
    finally:
        os.umask(old)
    for folder, _, names in os.walk(node.root):
        for path in (pathlib.Path(folder), *(pathlib.Path(folder, name) for name in names)):
            mode = path.stat().st_mode
            assert mode & 0o004, path
            assert not path.is_dir() or mode & 0o001, path


def test_every_flag_has_a_variable(node: Node, command: list[str]) -> None:
    node.repo("acme/one", {"x": "1"})
    node.server.faults["acme/one"] = Unauthorized("bot", "secret")
    (node.folder / "token").write_text("secret\n")
    node.want("acme/one")
    done = run(
        command,
        "sync",
        OVERLAYS_MANIFEST=str(node.manifest),
        OVERLAYS_ROOT=str(node.root),
        OVERLAYS_ONCE="true",
        OVERLAYS_INTERVAL="7",
        OVERLAYS_JOBS="2",
        OVERLAYS_TIMEOUT="11",
        OVERLAYS_FETCH_TIMEOUT="12",
        OVERLAYS_GRACE="13",
        OVERLAYS_MIN_FREE="0%",
        OVERLAYS_LISTEN="127.0.0.1:0",
        OVERLAYS_GIT_USERNAME="bot",
        OVERLAYS_GIT_TOKEN_FILE=str(node.folder / "token"),
        OVERLAYS_GIT_TOKEN_HOST="git.example,127.0.0.1",
    )
    assert done.returncode == 0
    assert (node.status()["interval"], node.status()["timeout"]) == (7, 11)
    assert json.loads(done.stderr.splitlines()[0])["event"] == "listening"


def test_loop_follows_the_manifest_and_ends_on_sigterm(node: Node, command: list[str]) -> None:
    one = node.repo("acme/one", {"x": "1"})
    node.repo("acme/two", {"x": "2"})
    node.want("acme/one")
    args = ["sync", "--interval", "0.05", "--root", str(node.root), "--manifest", str(node.manifest)]
    with subprocess.Popen([*command, *args], stderr=subprocess.PIPE, text=True) as loop:
        assert loop.stderr is not None
        seen = (json.loads(line) for line in loop.stderr)
        next(event for event in seen if event["event"] == "set-published")
        one.commit({"x": "2"})
        next(event for event in seen if event["event"] == "set-published")
        assert node.text("acme/one/x") == "2"
        node.want("acme/two")
        next(event for event in seen if event["event"] == "set-published")
        hang = Hang()
        node.server.faults["acme/two"] = hang
        assert hang.reached.wait(30)
        loop.send_signal(signal.SIGTERM)
        for _ in seen:
            pass
    assert loop.returncode == 0
    assert node.text("acme/two/x") == "2"


def test_ready_of_any_pod_waits_until_the_set_of_its_own_manifest_is_there(node: Node, command: list[str]) -> None:
    node.repo("acme/one", {"x": "1"})
    node.repo("acme/two", {"x": "2"})
    node.want("acme/one")
    node.sync()
    status = node.status()
    (node.root / ".status.json").write_text(json.dumps({**status, "pod": "another"}))
    mounted = ["--root", str(node.root), "--manifest", str(node.manifest)]
    assert run(command, "ready", *mounted).stdout == "not ready: the status is of another pod: another\n"
    assert run(command, "ready", *mounted, "--any-pod").stdout == "ready\n"
    node.want("acme/one", "acme/two")
    late = run(command, "ready", *mounted, "--any-pod", "--wait", "0.1")
    assert (late.returncode, late.stdout) == (1, "not ready: the current set was made from another manifest\n")
    waiting = [*command, "ready", *mounted, "--any-pod", "--wait", "60"]
    with subprocess.Popen(waiting, stdout=subprocess.PIPE, text=True) as init:
        assert node.sync() == 0
        assert init.communicate(timeout=60)[0] == "ready\n"
    assert init.returncode == 0


def test_check_wants_what_was_set_and_lists_what_is_missing_by_default(node: Node, command: list[str]) -> None:
    node.repo("acme/one", {"tools/t/pyproject.toml": "", "PROMPT.md": "Be kind."})
    one = {"repo": "acme/one", "tools": "tools", "workflows": "workflows", "skills": "skils", "prompt": "PROMPT.md"}
    node.want("acme/one", sources=(one,))
    node.sync()
    args = ["check", "--root", str(node.root), "--manifest", str(node.manifest)]
    good = run(command, *args, "acme/one/tools", "acme/one/PROMPT.md")
    assert good.returncode == 0
    assert good.stdout == (
        "default, not there: acme/one/workflows\n"
        "default, not there: acme/one/skils\n"
        "2 of 2 paths that were set are there\n"
    )
    bad = run(command, *args, "acme/one/skils", "acme/one/tools")
    assert bad.returncode == 1
    assert bad.stdout == (
        "missing: acme/one/skils\ndefault, not there: acme/one/workflows\n1 of 2 paths that were set are there\n"
    )


def test_reset_gives_the_directory_back(node: Node, command: list[str]) -> None:
    node.repo("acme/one", {"x": "1"})
    node.want("acme/one", public=("acme/one",))
    node.sync()
    theirs = node.root / "acme/theirs"
    theirs.mkdir()
    tree = (node.root / "acme/one").resolve()
    done = run(command, "reset", "--root", str(node.root))
    assert done.returncode == 0
    assert done.stdout == (
        f"2 stable paths removed; what they led to is left in {node.root}/.trees: delete it by hand\n"
    )
    assert [path.name for path in (node.root / "acme").iterdir()] == ["theirs"]
    assert not (node.root / "public/acme").exists()
    assert not (node.root / ".current").is_symlink()
    assert (tree / "x").read_text() == "1"  # somebody may be reading
    assert run(command, "status", "--root", str(node.root)).returncode == 1
    assert node.sync() == 0  # and back
    assert node.text("acme/one/x") == "1"


def test_reset_needs_a_cache_and_no_writer(node: Node, command: list[str]) -> None:
    empty = run(command, "reset", "--root", str(node.folder))
    assert empty.returncode == 1
    assert "there is no cache of this program here" in empty.stderr
    node.want()
    node.sync()
    with writer_lock(Volume(node.root), None):
        busy = run(command, "reset", "--root", str(node.root))
    assert busy.returncode == 1
    assert "another sync still holds it" in busy.stderr
    assert (node.root / ".current").is_symlink()


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["serve"],
        ["sync"],
        ["sync", "--root", "r"],
        ["sync", "--root", "r", "--manifest", "m", "--unknown"],
        ["sync", "--root", "r", "--manifest", "m", "--interval", "0"],
        ["sync", "--root", "r", "--manifest", "m", "--jobs", "1.5"],
        ["sync", "--root", "r", "--manifest", "m", "--timeout", "nan"],
        ["sync", "--root", "r", "--manifest", "m", "--min-free", "20"],
        ["sync", "--root", "r", "--manifest", "m", "--min-free", "91%"],
        ["sync", "--root", "r", "--manifest", "m", "--listen", "9464"],
        ["sync", "--root", "r", "--manifest", "m", "--listen", ":99999"],
        ["sync", "--root", "r", "--manifest", "m", "--git-username", "bot"],
        ["sync", "--root", "r", "--manifest", "m", "--git-token-file", "t", "--git-username", "bot"],
        ["status"],
        ["install", "--root", "r", "--manifest", "m"],
        ["install", "--root", "r", "--manifest", "m", "--dest", "d", "--surface", "tool"],
        ["install", "--root", "r", "--manifest", "m", "--dest", "d", "--surface"],
        ["install", "--root", "r", "--manifest", "m", "--dest", "d", "--fallback", "all"],
        ["install", "--root", "r", "--manifest", "m", "--dest", "d", "--wait", "-1"],
        ["install", "--root", "r", "--manifest", "m", "--dest", "d", "--follow", "--interval", "0"],
    ],
)
def test_wrong_usage_exits_64(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(args, {})
    assert ended.value.code == 64
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [("OVERLAYS_ONCE", "maybe"), ("OVERLAYS_JOBS", "x"), ("OVERLAYS_SURFACE", "tools,x"), ("OVERLAYS_FALLBACK", "x")],
)
def test_wrong_variable_exits_64(name: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(["sync", "--root", "r", "--manifest", "m"], {name: value})
    assert ended.value.code == 64
    assert name in capsys.readouterr().err


def test_named_hosts_beat_the_github_token() -> None:
    args = ["sync", "--root", "r", "--manifest", "m", "--github-token-file", "g", "--git-username", "bot"]
    top = program.parser({})
    options = top.parse_args([*args, "--git-token-file", "t", "--git-token-host", "github.com", "git.example"])
    first, second = program.credentials(top, options)
    assert (first.username, first.hosts) == ("bot", ("github.com", "git.example"))
    assert second.hosts == ("github.com:443",)
    assert second.serves("https://github.com/acme/one.git")
    assert not second.serves("https://git.example/acme/one.git")


def test_every_flag_of_install_has_a_variable(node: Node, command: list[str]) -> None:
    node.repo("acme/one", {"tools/a/pyproject.toml": "", "personas/p.md": ""})
    node.want("acme/one", sources=({"repo": "acme/one", "tools": "tools", "personas": "personas"},))
    node.sync()
    node.want("acme/two", sources=({"repo": "acme/two", "tools": "tools"},))
    variables = {
        "OVERLAYS_MANIFEST": str(node.manifest),
        "OVERLAYS_ROOT": str(node.root),
        "OVERLAYS_DEST": str(node.folder / "dest"),
        "OVERLAYS_SURFACE": "personas prompt",
        "OVERLAYS_WAIT": "0",
        "OVERLAYS_FALLBACK": "previous",
        "OVERLAYS_FOLLOW": "false",
        "OVERLAYS_INTERVAL": "0.1",
    }
    done = run(command, "install", **variables)
    assert done.returncode == 0
    assert sorted(path.name for path in (node.folder / "dest").iterdir()) == ["installed.json", "personas"]
    following = [*command, "install"]
    with subprocess.Popen(
        following, env={"PATH": os.environ["PATH"], **variables, "OVERLAYS_FOLLOW": "yes"}, stderr=subprocess.PIPE
    ) as loop:
        assert loop.stderr is not None
        next(line for line in loop.stderr if json.loads(line)["event"] == "installed")
        loop.terminate()
        loop.stderr.read()
    assert loop.returncode == 0


def test_package_fits_a_config_map() -> None:
    files = [*PACKAGE.glob("*.py")]
    assert [path for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"] == []
    assert sum(file.stat().st_size for file in files) < 500_000  # of 1 MiB
