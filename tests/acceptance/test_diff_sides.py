"""Where the sides of `overlays diff` come from: files, revisions of a real repository, and what can be wrong there."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess

import pytest

from tests.support.overlays import Ran, overlays

ONE, TWO = "repoCache: {jobs: 1}\n", "repoCache: {jobs: 2}\n"
CHANGE = "  ~ repoCache.jobs: 1 → 2\n"


def git(*arguments: str, cwd: str | pathlib.Path = ".", stdin: bytes = b"") -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *arguments], cwd=cwd, input=stdin, capture_output=True, check=True)
    return done.stdout.decode().strip()


def commit(**files: str) -> str:
    """Files by path with "__" for "/", all YAML; gives the id of the commit."""
    for name, text in files.items():
        path = pathlib.Path(f"{name.replace('__', '/')}.yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    git("add", "-A")
    git("commit", "-qm", "change")
    return git("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The current folder: a repository with one commit of v.yaml and d/v.yaml, both changed in the working tree."""
    folder = tmp_path / "repo"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    git("init", "-q")
    commit(v=ONE, d__v=ONE)
    for path in ("v.yaml", "d/v.yaml"):
        pathlib.Path(path).write_text(TWO)
    return folder


def changed(*arguments: str, cwd: pathlib.Path | None = None, env: dict[str, str] | None = None) -> str:
    ran = overlays("diff", *arguments, cwd=cwd, env=env)
    assert (ran.code, ran.told) == (0, ""), ran.told
    text = ran.stdout.decode()
    assert CHANGE in text
    return text


def refused(*arguments: str, code: int = 1, stdin: bytes = b"", cwd: pathlib.Path | None = None) -> str:
    ran: Ran = overlays("diff", *arguments, stdin=stdin, cwd=cwd)
    assert (ran.code, ran.stdout) == (code, b""), ran
    return ran.told


# A revision


def test_a_path_counts_from_the_top_or_from_here_as_for_git(repo: pathlib.Path) -> None:
    below = repo / "d"
    changed("git:HEAD:d/v.yaml", "v.yaml", cwd=below)
    changed("git:HEAD:./v.yaml", "v.yaml", cwd=below)
    changed("git:HEAD:../v.yaml", "v.yaml", cwd=below)
    told = refused("git:HEAD:sub/v.yaml", "v.yaml", cwd=below)
    assert told == (
        "git:HEAD:sub/v.yaml: error OVL422: there is no file 'sub/v.yaml' at 'HEAD': PATH counts from the top of the "
        "repository\n  hint: write git:HEAD:./sub/v.yaml for a path from here\n"
    )


def test_every_way_to_name_a_commit(repo: pathlib.Path) -> None:
    first = git("rev-parse", "HEAD")
    git("tag", "v1")
    git("tag", "-am", "annotated", "v1a")
    git("branch", "topic/x")
    commit(v=TWO)
    for revision in (first, first[:8], "v1", "v1a", "topic/x", "HEAD~1", "HEAD^", "main@{1}", "@{1}"):
        changed(f"git:{revision}:v.yaml", "v.yaml")


def test_both_sides_and_lists_may_be_of_revisions(repo: pathlib.Path) -> None:
    commit(v=TWO, over="repoCache: {grace: 5}\n")
    changed("git:HEAD~1:v.yaml", "git:HEAD:v.yaml")
    text = changed("git:HEAD~1:v.yaml,git:HEAD:over.yaml", "v.yaml,over.yaml")
    assert "grace" not in text


def test_findings_name_the_revision(repo: pathlib.Path) -> None:
    commit(v="repoCache: {jobs: many}\n")
    told = refused("git:HEAD:v.yaml", "git:HEAD~1:v.yaml")
    assert told.startswith("git:HEAD:v.yaml:1:19: error OVL113: repoCache.jobs is text: ")


def test_bytes_are_those_of_the_commit(repo: pathlib.Path) -> None:
    pathlib.Path(".gitattributes").write_text("*.yaml diff=loud eol=crlf filter=loud\n")
    for name in ("diff.loud.textconv", "filter.loud.smudge", "filter.loud.clean"):
        git("config", name, "tr a-z A-Z")
    data = b'overlay: {systemPrompt: "\xc3\xa4"}\r\n# no end'
    entry = git("hash-object", "-w", "--stdin", "--no-filters", stdin=data)
    git("update-index", "--add", "--cacheinfo", f"100644,{entry},exact.yaml")
    git("commit", "-qm", "exact")
    pathlib.Path("exact.yaml").write_bytes(data)
    ran = overlays("diff", "git:HEAD:exact.yaml", "exact.yaml")
    assert b"no change: both give" in ran.stdout


def test_symbolic_links_in_the_repository_are_followed(repo: pathlib.Path) -> None:
    pathlib.Path("link.yaml").symlink_to("d/v.yaml")
    pathlib.Path("folder").symlink_to("d")
    pathlib.Path("out.yaml").symlink_to("/etc/hostname")
    pathlib.Path("loop.yaml").symlink_to("loop.yaml")
    pathlib.Path("gone.yaml").symlink_to("nowhere")
    pathlib.Path("d/v.yaml").write_text(ONE)
    commit(v=TWO)
    changed("git:HEAD:link.yaml", "v.yaml")
    changed("git:HEAD:folder/v.yaml", "v.yaml")
    for name in ("out", "loop", "gone"):
        told = refused(f"git:HEAD:{name}.yaml", "v.yaml")
        assert f"git:HEAD:{name}.yaml: error OVL422: '{name}.yaml' is a symbolic link that cannot be followed" in told


def test_git_of_a_hook_does_not_mislead(repo: pathlib.Path, tmp_path: pathlib.Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git("init", "-q", cwd=other)
    misleading = {"GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": "/nowhere"}
    changed("git:HEAD:v.yaml", "v.yaml", env={**misleading, "GIT_OBJECT_DIRECTORY": "/nowhere", "LC_ALL": "de_DE"})
    changed("--base", "HEAD", "-f", "v.yaml", env=misleading)


def test_objects_that_are_elsewhere_can_be_named(repo: pathlib.Path, tmp_path: pathlib.Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    git("init", "-q", cwd=clone)
    (clone / "v.yaml").write_text(TWO)
    base = git("rev-parse", "HEAD")
    assert "error OVL422: there is no commit" in refused("--base", base, "-f", "v.yaml", cwd=clone)
    elsewhere = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(repo / ".git" / "objects")}
    changed("--base", base, "-f", "v.yaml", cwd=clone, env=elsewhere)


def test_nothing_goes_over_the_network(repo: pathlib.Path, tmp_path: pathlib.Path) -> None:
    git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repo}", str(clone))
    (clone / "v.yaml").write_text(TWO)
    for arguments in (("git:HEAD:v.yaml", "v.yaml"), ("--base", "HEAD", "-f", "v.yaml")):
        told = refused(*arguments, cwd=clone)
        assert "error OVL421: git cannot be asked: " in told
    assert "?" in git("rev-list", "--objects", "--all", "--missing=print", cwd=clone)


@pytest.mark.parametrize(
    ("revision", "what"),
    [
        ("nope", "there is no commit 'nope'"),
        ("HEAD~9", "there is no commit 'HEAD~9'"),
        ("HEAD:v.yaml", "there is no file 'v.yaml:v.yaml' at 'HEAD'"),
        ("-x", "'-x' is no revision"),
        ("--output=/tmp/x", "'--output=/tmp/x' is no revision"),
        ("", "'' is no revision"),
        ("a\nb", "'a\\nb' is no revision"),
        ("^HEAD", "there is no commit '^HEAD'"),
        ("HEAD..HEAD", "there is no commit 'HEAD..HEAD'"),
        ("HEAD^{tree}", "there is no commit 'HEAD^{tree}'"),
        ("$(touch pwned)", "there is no commit '$(touch pwned)'"),
        ("@{99999}", "there is no commit '@{99999}'"),
    ],
)
def test_a_revision_that_is_none(repo: pathlib.Path, revision: str, what: str) -> None:
    told = refused(f"git:{revision}:v.yaml", "v.yaml")
    assert f"error OVL422: {what}" in told.splitlines()[0]
    assert len(told.splitlines()) == 2
    assert sorted(path.name for path in repo.iterdir()) == [".git", "d", "v.yaml"]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("nope.yaml", "there is no file 'nope.yaml' at 'HEAD'"),
        ("d", "'d' is no file: at that commit it is a directory"),
        ("", "'' is no file: at that commit it is a directory"),
        ("--help", "there is no file '--help' at 'HEAD'"),
        ("a\nHEAD:v.yaml", "there is no file 'a\\nHEAD:v.yaml' at 'HEAD'"),
        ("../../x", "git cannot be asked: '../../x' is outside repository at "),
    ],
)
def test_a_path_that_is_none(repo: pathlib.Path, path: str, what: str) -> None:
    assert what in refused(f'"git:HEAD:{path}"', "v.yaml").splitlines()[0]


def test_a_submodule_is_no_file(repo: pathlib.Path) -> None:
    git("update-index", "--add", "--cacheinfo", f"160000,{git('rev-parse', 'HEAD')},sub")
    git("commit", "-qm", "sub")
    assert "OVL421: git cannot be asked: 'sub' is there, but not what it holds" in refused("git:HEAD:sub", "v.yaml")


def test_a_file_that_is_too_large(repo: pathlib.Path) -> None:
    commit(large="#" * (16 * 1024 * 1024 + 1))
    told = refused("git:HEAD:large.yaml", "v.yaml")
    assert told.startswith("git:HEAD:large.yaml: error OVL101: 'large.yaml' is too large: a file has at most 16 MiB\n")


def test_no_repository(tmp_path: pathlib.Path) -> None:
    (tmp_path / "v.yaml").write_text(ONE)
    told = refused("git:HEAD:v.yaml", "v.yaml", cwd=tmp_path)
    assert told == (
        "git:HEAD:v.yaml: error OVL421: git cannot be asked: this directory is in no git repository\n"
        "  hint: run it inside of the repository\n"
    )


def test_no_git(repo: pathlib.Path, tmp_path: pathlib.Path) -> None:
    ran = overlays("diff", "git:HEAD:v.yaml", "v.yaml", env={"PATH": str(tmp_path)})
    assert ran.code == 1
    assert ran.told == (
        "git:HEAD:v.yaml: error OVL421: git cannot be asked: there is no program git\n  hint: install git\n"
    )


def test_a_repository_of_somebody_else(repo: pathlib.Path) -> None:
    for path in (repo, *repo.rglob("*")):
        os.chown(path, 12345, 12345)
    told = refused("git:HEAD:v.yaml", "v.yaml")
    assert told.replace("'", "") == (
        "git:HEAD:v.yaml: error OVL421: git cannot be asked: the repository belongs to another user, so git does not "
        f"read it\n  hint: if you trust it: git config --global --add safe.directory {repo}\n"
    )
    git("config", "--global", "--add", "safe.directory", str(repo))
    changed("git:HEAD:v.yaml", "v.yaml")


def test_a_damaged_repository(repo: pathlib.Path) -> None:
    blob = git("rev-parse", "HEAD:v.yaml")
    path = repo / ".git" / "objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(b"damaged")
    assert "git:HEAD:v.yaml: error OVL42" in refused("git:HEAD:v.yaml", "v.yaml")


# --base


def test_base_compares_the_files_as_they_were(repo: pathlib.Path) -> None:
    text = changed("--base", "HEAD", "-f", "v.yaml")
    assert text.startswith("--- v.yaml at HEAD\n+++ v.yaml\n")
    changed("--base", "main", "-f", "v.yaml", cwd=repo / "d")
    changed("--base", "HEAD", "-f", "../v.yaml", cwd=repo / "d")
    changed("--base", "HEAD", "-f", str(repo / "v.yaml"), cwd=repo.parent)
    text = changed("--base", "HEAD", "-f", "v.yaml", "--set", "sandbox.reposPath=/r")
    assert "reposPath" not in text


def test_base_has_not_every_file(repo: pathlib.Path) -> None:
    pathlib.Path("v.yaml").write_text(ONE)
    pathlib.Path("new.yaml").write_text(TWO)
    text = changed("--base", "HEAD", "-f", "v.yaml", "-f", "new.yaml")
    assert text.startswith(
        "--- v.yaml,new.yaml at HEAD\n+++ v.yaml,new.yaml\nnote: new.yaml is not there in the old side\n"
    )
    ran = overlays("diff", "--base", "HEAD", "-f", "new.yaml", "--output", "json")
    assert json.loads(ran.stdout)["notes"] == ["new.yaml is not there in the old side"]
    assert "repoCache.jobs: 8 → 2" in overlays("diff", "--base", "HEAD", "-f", "new.yaml").stdout.decode()


def test_base_of_files_in_two_repositories(repo: pathlib.Path, tmp_path: pathlib.Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git("init", "-q", cwd=other)
    (other / "base.yaml").write_text("repoCache: {grace: 1}\n")
    git("add", "-A", cwd=other)
    git("commit", "-qm", "one", cwd=other)
    (other / "base.yaml").write_text("repoCache: {grace: 2}\n")
    text = changed("--base", "HEAD", "-f", str(other / "base.yaml"), "-f", "v.yaml")
    assert "  ~ repoCache.grace: 1 → 2\n" in text


def test_base_of_no_revision_and_of_a_file_that_is_gone(repo: pathlib.Path) -> None:
    told = refused("--base", "nope", "-f", "v.yaml")
    assert told.startswith("git:nope:./v.yaml: error OVL422: there is no commit 'nope'")
    pathlib.Path("v.yaml").unlink()
    assert refused("--base", "HEAD", "-f", "v.yaml").startswith("v.yaml: error OVL101: cannot read 'v.yaml'")


# What the command line cannot mean


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name two sides: overlays diff OLD NEW, or overlays diff --base REV -f FILE"),
        (["v.yaml"], "name two sides"),
        (["v.yaml", "v.yaml", "v.yaml"], "name two sides"),
        (["v.yaml", "v.yaml", "-f", "v.yaml"], "name two sides"),
        (["--base", "HEAD"], "--base compares the files of -f, and takes no OLD and NEW"),
        (["--base", "HEAD", "-f", "v.yaml", "v.yaml"], "--base compares the files of -f"),
        (["--base", "HEAD", "-f", "-"], "--base HEAD: '-' has no past: name files with -f"),
        (["--base", "HEAD", "-f", "git:HEAD:v.yaml"], "--base HEAD: 'git:HEAD:v.yaml' has no past"),
        (["git:HEAD", "v.yaml"], "git:HEAD: write git:REV:PATH"),
        (["git:", "v.yaml"], "git:: write git:REV:PATH"),
        (['a"b', "v.yaml"], '-f a"b: a name with a quote'),
    ],
)
def test_usage(repo: pathlib.Path, arguments: list[str], message: str) -> None:
    assert refused(*arguments, code=64).startswith(f"overlays: {message}")


# Bad files


def test_standard_input_twice(repo: pathlib.Path) -> None:
    told = refused("-", "-", stdin=ONE.encode())
    assert told.startswith("-: error OVL101: cannot read '-' a second time: standard input was already read\n")


def test_the_errors_of_both_sides_are_told_in_one_run(repo: pathlib.Path) -> None:
    pathlib.Path("a.yaml").write_text("repoCache: {jobs: many}\ntoolServer: {port: 1}\n")
    pathlib.Path("b.yaml").write_text("repoCache: {grace: [}\n")
    told = refused("a.yaml,nope.yaml", "d")
    assert [line.split(": ")[:2] for line in told.splitlines() if not line.startswith(" ")] == [
        ["d", "error OVL101"],
        ["nope.yaml", "error OVL101"],
    ]
    told = refused("a.yaml", "b.yaml")
    assert [line.split(": ")[1] for line in told.splitlines() if not line.startswith(" ")] == [
        "error OVL113",
        "error OVL103",
    ]


ENV = '{"api": {"TOOL_DIRS": "/a"}, "repoCache": {}, "sandbox": {}}'


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (ENV.replace('"/a"', "1"), "env.json: error OVL423: the value of 'TOOL_DIRS' is no text: "),
        (ENV.replace('"/a"', "null"), "env.json: error OVL423: the value of 'TOOL_DIRS' is no text: "),
        (ENV.replace('"/a"', '"\\ud800"'), "env.json: error OVL423: the value of 'TOOL_DIRS' is no text: "),
        (ENV.replace("{}", "[]", 1), "env.json: error OVL423: repoCache is no map of variables: "),
        (ENV.replace("}}", "},}"), "env.json:1:61: error OVL423: rendered variables that are not JSON: "),
        ('{"TOOL_DIRS": ["/a"]}', "env.json: error OVL423: the value of 'TOOL_DIRS' is no text: "),
        ('{"REPOSITORIES": "a/b",}', "env.json:1:"),
        ("<<<<<<< ours\n" + ENV, "env.json:"),
        (ENV[:-1], "env.json:2:1: error OVL103: "),
        ("[" * 100_000, "env.json:"),
        ("{" * 100_000, "env.json:"),
        ('{"a":' * 100_000, "env.json:"),
    ],
)
def test_rendered_variables_edited_by_hand(repo: pathlib.Path, text: str, first: str) -> None:
    pathlib.Path("env.json").write_text(text)
    told = refused("env.json", "v.yaml")
    assert told.startswith(first), told[:500]
    assert "overlays: this is a bug" not in told


def test_variables_of_different_consumers(repo: pathlib.Path) -> None:
    pathlib.Path("a.json").write_text('{"TOOL_DIRS": "/a"}')
    pathlib.Path("b.json").write_text('{"REPOSITORIES": "a/b"}')
    assert refused("a.json", "b.json") == (
        "b.json: error OVL423: the sides hold the variables of different consumers: there is nothing to compare\n"
        "  hint: print both with the same --for, or without it\n"
    )


def test_flags_need_a_side_with_values(repo: pathlib.Path) -> None:
    pathlib.Path("a.json").write_text('{"TOOL_DIRS": "/a"}')
    told = refused("a.json", "a.json", "--set", "repoCache.jobs=1", code=64)
    assert told.startswith("overlays: the --set flags need a side with values: both hold rendered variables\n")


def test_a_side_in_a_revision_may_hold_rendered_variables(repo: pathlib.Path) -> None:
    pathlib.Path("env.json").write_bytes(overlays("render", "env", "-f", "v.yaml").stdout)
    git("add", "-A")
    git("commit", "-qm", "env")
    ran = overlays("diff", "git:HEAD:env.json", "v.yaml")
    assert b"note: compared by variable only: git:HEAD:env.json holds no sources" in ran.stdout
    assert b"no change: both give" in ran.stdout


def test_the_env_of_a_container_is_variables(tmp_path: pathlib.Path) -> None:
    (tmp_path / "values.yaml").write_text("toolServer: {ref: v1}\n")
    overlays("render", "env", "-f", "values.yaml", "--format", "kubernetes", "-o", "env.yaml", cwd=tmp_path)
    same = overlays("diff", "env.yaml", "values.yaml", "--detailed-exitcode", cwd=tmp_path)
    assert (same.code, "compared by variable only, of the api" in same.stdout.decode()) == (0, True)
    other = overlays("diff", "env.yaml", "values.yaml", "--set", "toolServer.ref=v2", cwd=tmp_path)
    assert "~ KUBERNETES_TOOLS_REF: v1 → v2" in other.stdout.decode()


def test_an_empty_object_is_values_and_that_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "sandbox.json").write_text("{}\n")
    (tmp_path / "values.yaml").write_text("toolServer: {ref: v1}\n")
    ran = overlays("diff", "sandbox.json", "values.yaml", cwd=tmp_path)
    assert "sandbox.json holds {}, which is read as values: those of the chart's defaults" in ran.stdout.decode()
