"""What a capable engineer writes in an hour to keep overlay repositories on a node, for node_sync.py to compare with.

python -m bench.loop MANIFEST ROOT INTERVAL: one repository after another; clone what is absent, fetch what is there,
check the commit out, mark it ready. A line of JSON after each pass; HUP begins the next pass at once.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
}
REFS = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")


def git(*args: str | pathlib.Path) -> None:
    """Run git; raises CalledProcessError."""
    subprocess.run(["git", *args], check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL)


def bring(root: pathlib.Path, repo: str, url: str, ref: str) -> None:
    """Make `root`/`repo` a clean checkout of `ref`: a branch, or the default branch when it is empty."""
    checkout = root / repo
    if (checkout / ".git").is_dir():
        git("-C", checkout, "fetch", "--quiet", "--prune", "origin", *REFS)
    else:
        new = root / f"{repo}.tmp"
        shutil.rmtree(new, ignore_errors=True)
        git("clone", "--quiet", "--no-checkout", url, new)
        new.rename(checkout)
    git("-C", checkout, "checkout", "--quiet", "--force", "--detach", f"refs/remotes/origin/{ref or 'HEAD'}")
    git("-C", checkout, "clean", "-fdxq")
    (checkout / ".git" / "ready").touch()


def run_pass(manifest: pathlib.Path, root: pathlib.Path) -> int:
    """Bring every repository up to date; how many failed."""
    failed = 0
    for entry in json.loads(manifest.read_bytes())["repositories"]:
        try:
            bring(root, entry["repo"], entry["cloneUrl"], entry.get("ref", ""))
        except subprocess.CalledProcessError as why:
            failed += 1
            print(entry["repo"], why, file=sys.stderr)
    return failed


def main(manifest: pathlib.Path, root: pathlib.Path, interval: float) -> None:
    """Pass after pass, one interval between them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    while True:
        failed = run_pass(manifest, root)
        print(json.dumps({"event": "pass-finished", "failed": failed}), flush=True)
        signal.sigtimedwait({signal.SIGHUP}, interval)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), float(sys.argv[3]))
