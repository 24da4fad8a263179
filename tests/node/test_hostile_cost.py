"""Small repositories that ask for much: memory of the program and of git, time, lines of the log."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import overlays_node
from overlays_node.limits import MIB, size_of
from tests.node.test_hostile_trees import file_bomb, folder_bomb
from tests.support.node import Node

CODE = pathlib.Path(overlays_node.__file__).parent.parent
LINKS = 20_000
PROGRAM = """
import re, resource, sys
from overlays_node.__main__ import main
status = main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""

NAMES = """
import resource
from overlays_node.names import LARGEST, WorkflowNameError, skill_problem, workflow_name
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))  # seconds; all of it takes less than five
blanks, size = b" " * (LARGEST - 100), LARGEST - 100
for line in (b"%s", b":%s", b": x%s#", b": x%s", b" =%s", b' = "x"%s', b': str = "x" %s', b" = '%s", b': "%s'):
    for long in (blanks + b"y", b"# " * (size // 2), b" :" * (size // 2), b'"' * size, b"\\\\" * size):
        try:
            workflow_name(b"x = '''" + long + b"'''\\n" + b"WORKFLOW_NAME" + line % long[: size // 2] + b"\\n")
        except WorkflowNameError:
            pass
for value in (b"x", b"'", b"'x'", b'"x"', b"'x", b"#", b""):
    for long in (blanks, b" \\t" * (size // 2), b" #" * (size // 2), b"#" * size, b"'" * size):
        for end in (b"", b"y", b"#", b"'y"):
            skill_problem(b"---\\nname: " + value + long + end + b"\\n---\\n", "pdf")
print("done")
"""


def cost(node: Node) -> tuple[int, int]:
    """One pass as a process of its own: its exit status, and the peak of its memory or of its largest child, in KiB.

    (What wait4 tells includes the memory of the process that started it.)
    """
    command = [sys.executable, "-c", PROGRAM, "sync", "--once", "--min-free", "0%"]
    command += ["--manifest", str(node.manifest), "--root", str(node.root)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CODE)}
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.returncode, max(map(int, done.stdout.split()))


def test_bombs_are_refused_by_the_limits_that_hold_by_default(node: Node) -> None:
    for make in (file_bomb, folder_bomb):
        one = node.repo(f"acme/{make.__name__}")
        one.commit_tree(make(one))
    node.repo("acme/good", {"x": "1"})
    node.want("acme/file_bomb", "acme/folder_bomb", "acme/good")
    status, peak = cost(node)
    assert status == 1
    assert node.of("acme/file_bomb")["lastError"].startswith("the commit holds more than 200000 files")
    assert node.of("acme/folder_bomb")["lastError"].startswith("the commit holds more than 200000 directories")
    assert node.text("acme/good/x") == "1"
    assert peak < 60_000  # KiB
    assert size_of(node.root) < MIB


def test_bomb_with_long_names_takes_little_memory(node: Node) -> None:
    one = node.repo("acme/one")
    blob, names = one.write("blob", b"boom"), [b"%d" % number + b"n" * 200 for number in range(10)]
    tree = one.write_tree(*(("100644", name, blob) for name in names))
    for _ in range(9):
        tree = one.write_tree(*(("40000", name, tree) for name in names))
    one.commit_tree(tree)
    node.want("acme/one")
    status, peak = cost(node)
    assert (status, "64 MiB of paths, which is the limit" in node.of("acme/one")["lastError"]) == (1, True)
    assert peak < 60_000  # KiB


def test_large_blob_in_a_small_pack_takes_little_memory(node: Node) -> None:
    one = node.repo("acme/one")
    one.commit_tree(one.write_tree(("100644", b"zeros", one.write("blob", bytes(200 * MIB)))))
    node.want("acme/one")
    status, peak = cost(node)
    assert status == 0
    assert peak < 120_000  # KiB; git would take all of the blob


def test_many_long_links_take_little_memory_and_time(node: Node) -> None:
    one = node.repo("acme/one")
    blob, last = one.write("blob", b"./" * 1990 + b"a00"), one.write("blob", b"x")
    chain = [("120000", b"a%02d" % at, one.write("blob", b"a%02d" % (at + 1))) for at in range(29)]
    links = (("120000", b"l%06d" % number, blob) for number in range(LINKS))
    one.commit_tree(one.write_tree(*chain, ("120000", b"a29", last), *links, ("100644", b"x", last)))
    node.want("acme/one")
    status, peak = cost(node)
    assert (status, "MiB of links (paths and targets)" in node.of("acme/one")["lastError"]) == (1, True)
    assert peak < 60_000  # KiB


def test_as_many_links_as_the_limit_allows_are_judged_in_one_walk_each(node: Node) -> None:
    """A chain of the longest kind, its links in the order in which each needs the next."""
    one = node.repo("acme/one")
    chain = (("120000", b"l%05d" % at, one.write("blob", b"l%05d" % (at + 1))) for at in range(3000))
    one.commit_tree(one.write_tree(*chain, ("100644", b"l03000", one.write("blob", b"x"))))
    node.want("acme/one")
    status, peak = cost(node)
    assert status == 0
    assert node.of("acme/one")["leftOut"] == 3000 - 32
    assert peak < 60_000  # KiB


def test_log_of_many_left_out_links_is_short(node: Node) -> None:
    one = node.repo("acme/one")
    blob = one.write("blob", b"/etc")
    one.commit_tree(one.write_tree(*(("120000", b"l%05d" % number, blob) for number in range(5000))))
    node.want("acme/one")
    assert node.sync() == 0
    assert node.of("acme/one")["leftOut"] == 5000
    events = node.events()
    assert sum(event["event"] == "left-out" for event in events) == 100
    assert [event["paths"] for event in events if event["event"] == "left-out-more"] == [4900]


def test_names_in_files_of_the_largest_size_are_found_in_one_pass() -> None:
    """Others write the files: what takes more time than its bytes ask for is ended here by the kernel."""
    command = [sys.executable, "-c", NAMES]
    done = subprocess.run(command, env={"PYTHONPATH": str(CODE)}, check=False, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"done\n", b"")
