from __future__ import annotations

import pathlib
import subprocess
import sys

DEMO = pathlib.Path(__file__).parents[2] / "examples/demo/demo.py"


def test_demo_says_the_same_twice_and_leaves_real_files(tmp_path: pathlib.Path) -> None:
    place = tmp_path / ".demo"
    said = [subprocess.run([sys.executable, DEMO, place], check=True, capture_output=True, text=True) for _ in range(2)]
    assert [one.stderr for one in said] == ["", ""]
    assert said[0].stdout == said[1].stdout
    assert "search           yes, instead of acme/base's" in said[0].stdout
    assert "release-notes    no: acme/extra wins" in said[0].stdout
    assert "2.0.0" in (place / "cache/acme/extra/tools/search/pyproject.toml").read_text()
