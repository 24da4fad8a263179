"""From a values file to real files: two overlay repositories, one git server, the node runtime in its loop.

Run by `make demo`. Everything it makes is in ./.demo (or in the directory that is given), which each run makes
anew; nothing runs on when it ends.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

from overlays_node import items
from overlays_node.config import Manifest, read_manifest
from overlays_node.items import Choice, Served

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from examples.demo.loop import Loop  # noqa: E402
from tests.support.git_http import GitServer  # noqa: E402  (the tests' server, not installed anywhere)
from tests.support.git_repo import Content, Executable, GitRepo  # noqa: E402

HERE = ROOT / "examples" / "demo"
PORT_IN_TEMPLATE = "8000"
TOUCHED = "tools/search/pyproject.toml"
SURFACE_OF = {
    "TOOL_DIRS": items.TOOLS,
    "WORKFLOW_DIRS": items.WORKFLOWS,
    "KUBERNETES_WORKFLOW_DIRS": items.WORKFLOWS,
    "CENTAUR_SKILL_DIRS": items.SKILLS,
    "CENTAUR_PERSONA_DIRS": items.PERSONAS,
    "CENTAUR_PROMPT_PATHS": items.PROMPT,
}


def main(demo: pathlib.Path) -> int:
    """Run the whole way in the directory `demo`; the exit status."""
    if demo.exists():
        shutil.rmtree(demo)
    remotes = demo / "remotes"
    say("1. Two overlay repositories, as git repositories behind a smart HTTP server on 127.0.0.1:")
    repos = {}
    for folder in sorted((HERE / "repos" / "acme").iterdir()):
        repos[folder.name] = GitRepo(remotes / "acme" / f"{folder.name}.git")
        commit = repos[folder.name].commit(read_folder(folder))
        say(f"   acme/{folder.name} at {commit}")
    with GitServer(remotes) as server:
        render(demo, server.base.rpartition(":")[2])
        say("3. The node runtime, as on a node, but with passes that begin one second apart:")
        say("   overlays_node sync --interval 1 --manifest .demo/overlay-manifest.json --root .demo/cache --listen …")
        where = ["--manifest", str(demo / "overlay-manifest.json"), "--root", str(demo / "cache")]
        with Loop(demo / "sync.log", "--interval", "1", *where, "--listen", "127.0.0.1:0") as loop:
            show(demo)
            install(demo)
            push(demo, loop, repos["extra"])
            commit = break_(demo, loop, repos["extra"])
            mend(demo, loop, repos["extra"], commit)
            say(f"8. SIGTERM: the loop ends with exit status {loop.end()}.")
    say("   The files are in .demo/cache; .demo/sync.log tells what the loop did.")
    return 0


def render(demo: pathlib.Path, port: str) -> None:
    """Values file, manifest and variables, for the server at that port."""
    values, manifest = demo / "values.yaml", demo / "overlay-manifest.json"
    say("2. A values file that lists them, .demo/values.yaml, and what `overlays` makes of it:")
    values.write_text((HERE / "values.yaml").read_text().replace(PORT_IN_TEMPLATE, port))
    say("   overlays render manifest -f .demo/values.yaml -o .demo/overlay-manifest.json")
    run("overlays", "render", "manifest", "-f", str(values), "-o", str(manifest))
    say("   overlays render env -f .demo/values.yaml -o .demo/env.json")
    run("overlays", "render", "env", "-f", str(values), "-o", str(demo / "env.json"))


def show(demo: pathlib.Path) -> None:
    """Wait until all is there; the directories of the variables, and what is served."""
    say("   overlays_node ready --manifest .demo/overlay-manifest.json --root .demo/cache --wait 30")
    where = ["--manifest", str(demo / "overlay-manifest.json"), "--root", str(demo / "cache")]
    say("   " + run("overlays_node", "ready", *where, "--wait", "30").strip())
    say()
    for line in table(demo / "cache", environment(demo), read_manifest(demo / "overlay-manifest.json")):
        say(line)
    say()


def install(demo: pathlib.Path) -> None:
    """A directory as an agent sees it: a copy of what won, and nothing else."""
    say("4. What an agent gets: a copy of what won, in .demo/sandbox, which a pod's init container makes:")
    say("   overlays_node install --manifest .demo/overlay-manifest.json --root .demo/cache --dest .demo/sandbox")
    where = ["--manifest", str(demo / "overlay-manifest.json"), "--root", str(demo / "cache")]
    run("overlays_node", "install", *where, "--dest", str(demo / "sandbox"))
    for line in tree(demo / "sandbox"):
        say(f"   {line}")
    say()


def tree(folder: pathlib.Path) -> Iterator[str]:
    """Every file and link below a directory, those of one folder together."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        linked = [name for name in folders if (pathlib.Path(place) / name).is_symlink()]
        for name in sorted([*files, *linked]):
            path = pathlib.Path(place) / name
            target = f" -> {path.readlink()}" if path.is_symlink() else ""
            yield f"{path.relative_to(folder)}{target}"


def push(demo: pathlib.Path, loop: Loop, repo: GitRepo) -> None:
    """A commit to one repository, which is served a moment later."""
    say(f"5. A commit is pushed to acme/extra. Its {TOUCHED}, before and after:")
    file = demo / "cache" / "acme" / "extra" / TOUCHED
    say(f"   {version(file)}")
    before = time.monotonic()
    commit = repo.commit({TOUCHED: file.read_text().replace("2.0.0", "2.1.0")})
    loop.wait_for("repository-updated", commit=commit)
    loop.wait_for("set-published")
    say(f"   {version(file)}, {time.monotonic() - before:.1f} s after the push of {commit}")
    loop.wait_for("pass-finished")
    say()


def break_(demo: pathlib.Path, loop: Loop, repo: GitRepo) -> str:
    """Delete the branch that the values name; gives its commit."""
    say("6. The branch main of acme/extra is deleted. Its last commit stays served, and this is what tells of it:")
    commit = repo.refs()["refs/heads/main"]
    repo.delete_branch("main")
    loop.wait_for("repository-failed")
    loop.wait_for("pass-finished")
    tell(demo, loop)
    return commit


def mend(demo: pathlib.Path, loop: Loop, repo: GitRepo, commit: str) -> None:
    """Bring the branch back."""
    say("7. The branch is pushed again:")
    repo.git("update-ref", "refs/heads/main", commit)
    loop.wait_for("repository-recovered")
    loop.wait_for("pass-finished")
    tell(demo, loop)


def tell(demo: pathlib.Path, loop: Loop) -> None:
    """What `status` and two metrics say."""
    say("   overlays_node status --root .demo/cache")
    for line in run("overlays_node", "status", "--root", str(demo / "cache")).splitlines():
        say(f"      {line}".rstrip())
    say("   GET /metrics")
    for line in loop.metrics():
        if line.startswith(("overlays_ready ", 'overlays_repository_failing_tries{repository="acme/extra"}')):
            say(f"      {line}")
    say()


def version(file: pathlib.Path) -> str:
    """The line of a project file that has the version."""
    return next(line for line in file.read_text().splitlines() if line.startswith("version"))


def say(line: str = "") -> None:
    """Print a line at once, so that it stands before what a command says."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def run(module: str, *args: str) -> str:
    """Standard output of `python -m module args`. Ends the demo, with what was said, if it fails."""
    command = [sys.executable, "-m", module, *args]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode != 0:
        raise SystemExit(f"{module} {args[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def read_folder(folder: pathlib.Path) -> dict[str, Content]:
    """The files of a plain folder by path, ready to be committed."""
    found: dict[str, Content] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            found[path.relative_to(folder).as_posix()] = Executable(content) if os.access(path, os.X_OK) else content
    return found


def environment(demo: pathlib.Path) -> dict[str, str]:
    """The variables of the API and of the sandboxes that name places in the cache."""
    rendered: dict[str, dict[str, str]] = json.loads((demo / "env.json").read_text())
    together = {**rendered["api"], **rendered["sandbox"]}
    return {name: together[name] for name in SURFACE_OF if name in together}


def table(cache: pathlib.Path, variables: Mapping[str, str], manifest: Manifest) -> list[str]:
    """One row per item of every directory of every variable: where it lies, and who wins its name."""
    served = {one.surface: one for one in items.survey(manifest.sources, cache.joinpath)}
    rows = [("VARIABLE", "PLACE", "ITEM", "SERVED")]
    for variable, value in variables.items():
        for place in value.split(":"):
            surface = SURFACE_OF[variable]
            at = source_of(place, surface, manifest)
            for item, verdict in verdicts(served[surface], at, manifest):
                rows.append((variable, place, item, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [without_repeats(before, row, widths) for before, row in zip([("",) * 4, *rows], rows, strict=False)]


def source_of(place: str, surface: str, manifest: Manifest) -> int:
    """Which source a path of a variable belongs to: it ends with <repo>/<subdir>."""
    ends = [(at, f"/{one.repo}/{dict(one.subdirs).get(surface)}") for at, one in enumerate(manifest.sources)]
    return next(at for at, end in ends if place.endswith(end))


def verdicts(served: Served, at: int, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """(item, who wins) for what source number `at` offers."""
    offered = False
    for choice in served.choices:
        mine = choice.winner is not None and choice.winner.source == at
        if mine or any(item.source == at for item in choice.shadowed):
            offered = True
            name = "the file" if served.surface == items.PROMPT else choice.name
            yield name, "yes" + replaces(choice, manifest) if mine else f"no: {winner(choice, manifest)} wins"
    if not offered:
        yield "-", "the repository has no such directory: skipped"


def winner(choice: Choice, manifest: Manifest) -> str:
    """Repo whose copy is served."""
    return "nobody" if choice.winner is None else manifest.sources[choice.winner.source].repo


def replaces(choice: Choice, manifest: Manifest) -> str:
    """Whose copies are not served instead."""
    return "".join(f", instead of {manifest.sources[item.source].repo}'s" for item in choice.shadowed)


def without_repeats(before: tuple[str, ...], row: tuple[str, ...], widths: list[int]) -> str:
    """A line of the table; variable and place stand only where they change."""
    cells = list(row)
    if before[:2] == row[:2]:
        cells[1] = ""
    if before[0] == row[0]:
        cells[0] = ""
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".demo"))
