from __future__ import annotations

import pathlib
import re
import subprocess
import sys

DEMO = pathlib.Path(__file__).parents[2] / "examples/demo/demo.py"
VARYING = {
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ": "TIME",
    r"set [0-9a-f]{16}": "set ID",  # the port is in the clone URLs, and these are in the manifest
    r"\d+\.\d s after": "N s after",
    r"failed (once|\d+ times)": "failed N times",  # the next try may come before the look
    r"(tries\{.*\}) [1-9]\d*": r"\1 N",
}


def test_demo_says_the_same_twice_and_leaves_real_files(tmp_path: pathlib.Path) -> None:
    place = tmp_path / ".demo"
    done = [subprocess.run([sys.executable, DEMO, place], check=True, capture_output=True, text=True) for _ in range(2)]
    assert [one.stderr for one in done] == ["", ""]
    said = [plain(one.stdout) for one in done]
    assert said[0] == said[1]
    assert "search           yes, instead of acme/base's" in said[0]
    assert "release-notes    no: acme/extra wins" in said[0]
    assert "\n   ready\n" in said[0]
    assert '\n   version = "2.0.0"\n   version = "2.1.0", N s after the push' in said[0]
    assert "   .claude/skills -> ../.agents/skills\n" in said[0]
    sandbox = place / "sandbox"
    listed = said[0].split("4. ")[1].split("\n\n")[0].splitlines()[2:]
    there = [path for path in sandbox.rglob("*") if path.is_symlink() or path.is_file()]
    assert {line.split()[0] for line in listed} == {path.relative_to(sandbox).as_posix() for path in there}
    assert 'version = "2.0.0"' in (sandbox / "tools/search/pyproject.toml").read_text()
    broken, mended = said[0].split("6. ")[1].split("7. ")
    assert "failed N times, next try TIME: ref 'main' does not exist" in broken
    assert 'overlays_repository_failing_tries{repository="acme/extra"} N\n' in broken
    assert 'overlays_repository_failing_tries{repository="acme/extra"} 0\n' in mended
    assert "failed" not in mended
    assert "exit status 0." in mended
    assert "2.1.0" in (place / "cache/acme/extra/tools/search/pyproject.toml").read_text()
    assert '"event": "repository-recovered"' in (place / "sync.log").read_text()


def plain(text: str) -> str:
    """What the demo says, without what differs from run to run."""
    for pattern, word in VARYING.items():
        text = re.sub(pattern, word, text)
    return text
