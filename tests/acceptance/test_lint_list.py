"""`overlays lint -f`: the content of all sources of a list, and what they shadow."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

import pytest

from tests.support.checkouts import List, tool
from tests.support.git_http import GitServer
from tests.support.locking import Team
from tests.support.overlays import Ran
from tests.support.overlays import overlays as run_overlays
from tests.support.worktree import Worktree

GOOD = "---\nname: {0}\ndescription: Reads files.\n---\nRead them.\n"
SKILL = {".agents/skills/pdf/SKILL.md": GOOD.format("pdf")}
BAD = {".agents/skills/pdf/SKILL.md": GOOD.format("Pdf")}


def lint(listed: List, *arguments: str) -> Ran:
    return run_overlays("lint", "-f", "values.yaml", "--checkouts", "checkouts", *arguments, cwd=listed.folder)


def heads(ran: Ran) -> list[str]:
    return [" ".join(line.split(" ")[0:3:2]) for line in ran.stdout.decode().splitlines() if line and line[0] != " "]


def test_all_sources_are_looked_at(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/base", {"repo": "acme/extra", "skillsSubdir": "skills"}, "acme/good")
    listed.has("acme/base", BAD)
    listed.has("acme/extra", {"tools/x/y": ""})
    listed.has("acme/good", tool("t"))
    assert heads(lint(listed)) == [
        "checkouts/acme/base/.agents/skills/pdf/SKILL.md:2:7: OVL549:",
        "checkouts/acme/base/.agents/skills/pdf/SKILL.md:2:7: OVL549:",
        "checkouts/acme/extra: OVL523:",
        "checkouts/acme/extra/skills: OVL522:",
        "checkouts/acme/extra/tools: OVL524:",
        "checkouts/acme/extra/tools/x: OVL528:",
        "values.yaml:8:17: OVL507:",
    ]


def test_shadowing_against_the_overrides(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/base", {"repo": "acme/extra", "overrides": ["skills/gone"]}, {"repo": "acme/last"})
    for repo in ("acme/base", "acme/extra", "acme/last"):
        listed.has(repo, SKILL)
    ran = lint(listed)
    assert [head.rpartition(" ")[2] for head in heads(ran)] == ["OVL505:", "OVL508:"]
    assert (ran.code, ran.told) == (1, "1 error, 1 warning\n")
    assert b"'skills/pdf' of 'acme/extra' shadows that of 'acme/base'" in ran.stdout


def test_what_one_source_says_twice_is_told_once(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, {"repo": "acme/base", "ref": "x"}, {"repo": "acme/base", "ref": "x", "toolsSubdir": ""})
    listed.has("acme/base", {**SKILL, "tools/t/pyproject.toml": "", ".agents/skills/x/y": ""})
    assert heads(lint(listed)) == ["checkouts/acme/base/.agents/skills/x: OVL528:"]


def test_values_with_errors_and_missing_checkouts(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/base")
    ran = lint(listed)
    assert (ran.code, heads(ran)) == (1, ["--checkouts: OVL501:"])
    listed.checkouts.mkdir()
    ran = lint(listed)
    assert (ran.code, heads(ran)) == (1, ["values.yaml:8:17: OVL501:"])
    (tmp_path / "values.yaml").write_text("overlays: {sources: [{repo: a}]}\n")
    ran = lint(listed, "--output", "json")
    assert ran.code == 1
    assert b'"code": "OVL115"' in ran.stdout


def test_checkouts_have_no_past(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/base")
    listed.has("acme/base", BAD)
    Worktree(tmp_path, {})
    ran = lint(listed, "--base", "HEAD")
    assert (ran.code, ran.stdout) == (64, b"")
    words = "lint each checkout, as DIR, with --base, or leave --checkouts out"
    assert words in " ".join(ran.told.split())


def test_standard_input_has_no_past(tmp_path: pathlib.Path) -> None:
    ran = run_overlays("lint", "-f", "-", "--base", "HEAD", stdin=b"", cwd=tmp_path)
    assert ran.code == 64
    assert "standard input has no history" in ran.told


def test_values_as_they_were_at_the_base(tmp_path: pathlib.Path) -> None:
    with GitServer(tmp_path / "served") as server:
        team = Team(tmp_path, server)
        for repo in ("acme/base", "acme/extra", "acme/new"):
            team.repo(repo, BAD)
        team.want("acme/base", "acme/extra")
        assert team.lock().code == 0
        work = Worktree(team.folder, {})
        environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
        ran = team.run("lint", "-f", "values.yaml", "--base", "HEAD", env=environment)
        assert (ran.code, ran.told.splitlines()[-1]) == (0, "0 errors, 0 warnings; before: 5 errors, 0 warnings")
        team.want("acme/base", "acme/new")
        assert team.lock().code == 0
        ran = team.run("lint", "-f", "values.yaml", "--base", "HEAD", env=environment)
        assert (ran.code, ran.told.splitlines()[-1]) == (1, "2 errors, 0 warnings; before: 3 errors, 0 warnings")
        assert work.git("status", "--porcelain").split() == ["M", "overlays.lock.yaml", "M", "values.yaml"]


NO_LOCK = "no usable lock file at 'HEAD': what was in the sources is not known, so all findings in them are new"


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ({"x": ""}, []),  # no values
        ({"values.yaml": "overlays: {sources: [{repo: a}]}\n"}, []),
        ({"values.yaml": None}, [NO_LOCK]),
        ({"values.yaml": None, "overlays.lock.yaml": "repositories: {}\n"}, [NO_LOCK]),
        ({"values.yaml": None, "overlays.lock.yaml": "schemaVersion: 1\nrepositories: {}\n"}, [NO_LOCK]),
    ],
)
def test_what_is_not_known_of_the_base_is_all_new(
    before: Mapping[str, str | None], told: list[str], tmp_path: pathlib.Path
) -> None:
    """None: as it is now."""
    with GitServer(tmp_path / "served") as server:
        team = Team(tmp_path, server)
        team.repo("acme/base", BAD)
        team.want("acme/base")
        now = (team.folder / "values.yaml").read_text()
        Worktree(team.folder, {name: now if text is None else text for name, text in before.items()})
        (team.folder / "values.yaml").write_text(now)
        (team.folder / "overlays.lock.yaml").unlink(missing_ok=True)
        ran = team.run("lint", "-f", "values.yaml", "--base", "HEAD", env={"XDG_CACHE_HOME": str(tmp_path / "cache")})
        assert ran.code == 1
        assert ran.told.splitlines()[-1 - len(told) :] == [*told, "3 errors, 0 warnings; before: 0 errors, 0 warnings"]


def test_what_is_fetched_is_looked_at_and_the_lock_of_the_base_counts(tmp_path: pathlib.Path) -> None:
    with GitServer(tmp_path / "served") as server:
        team = Team(tmp_path, server)
        repo = team.repo("acme/base", BAD)
        team.want("acme/base@main")
        environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
        ran = team.run("lint", "-f", "values.yaml", env=environment)
        assert ran.code == 1
        assert ran.stdout.startswith(b"acme/base/.agents/skills/pdf/SKILL.md:2:7: error OVL549: ")
        assert team.lock().code == 0
        work = Worktree(team.folder, {})
        repo.commit({"tools/x/y": "", ".agents/skills/web/SKILL.md": GOOD.format("Web")})
        assert team.lock().code == 0
        ran = team.run("lint", "-f", "values.yaml", "--base", "HEAD", env=environment)
        assert (ran.code, ran.told.splitlines()[-1]) == (1, "3 errors, 2 warnings; before: 3 errors, 0 warnings")
        work.commit()
        assert team.run("lint", "-f", "values.yaml", "--base", "HEAD", env=environment).code == 0
