"""Flags, streams, exit statuses and places, as a user meets them."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import jsonschema
import pytest
import yaml

from tests.support.overlays import overlays

ROOT = pathlib.Path(__file__).parents[2]
LIST = "overlays:\n  sources:\n    - {repo: paradigmxyz/centaur, ref: v1}\n    - {repo: acme/one}\n"


@pytest.fixture
def values(tmp_path: pathlib.Path) -> pathlib.Path:
    file = tmp_path / "v.yaml"
    file.write_text(LIST)
    return file


def findings(*arguments: str | pathlib.Path, cwd: pathlib.Path) -> list[dict[str, object]]:
    ran = overlays("validate", "--output", "json", *arguments, cwd=cwd)
    document = json.loads(ran.stdout)
    jsonschema.validate(document, json.loads((ROOT / "schemas" / "findings.schema.json").read_bytes()))
    found: list[dict[str, object]] = document["findings"]
    return found


# Usage


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bogus"], "overlays: No such command 'bogus'."),
        (["render", "env", "--bogus"], "overlays: No such option '--bogus'."),
        (["render", "env", "--for", "cache"], "overlays: Invalid value for '--for': 'cache' is not one of"),
        (["render", "env", "-o", "a", "--check", "b"], "overlays: -o and --check exclude each other"),
        (["render", "env", "--format", "shell", "--for", "all"], "overlays: --format shell takes one consumer"),
        (["render", "env", "--release", "Prod"], "overlays: Invalid value for '--release': 'Prod' is no release name"),
        (["render", "env", "--release", "a" * 54], "overlays: Invalid value for '--release': "),
        (["validate", "--set", "a"], "overlays: --set a: "),
        (["validate", "--set", "a=1,,b=2"], "overlays: --set a: a key has no value"),
        (["validate", "--set-json", "a={"], "overlays: --set-json a: the value is not JSON: "),
        (["validate", "--output", "xml"], "overlays: Invalid value for '--output': 'xml' is not one of"),
        (["schema"], "overlays: Missing argument '{values|lock|findings|"),
        (["render", "env", "-o", ""], "overlays: -o and --check need the name of a file\n"),
        (["validate", "-f", 'a"b.yaml'], 'overlays: -f a"b.yaml: a name with a quote, a comma or a line break needs'),
        (["render"], "Usage: overlays render [OPTIONS] COMMAND"),
        ([], "Usage: overlays [OPTIONS] COMMAND"),
    ],
)
def test_what_the_parser_refuses_exits_with_64(arguments: list[str], message: str) -> None:
    ran = overlays(*arguments)
    assert (ran.code, ran.stdout) == (64, b"")
    assert ran.told.startswith(message), ran.told


@pytest.mark.parametrize("command", [[], ["validate"], ["render"], ["render", "env"], ["render", "values"], ["schema"]])
def test_help_fits_a_screen(command: list[str]) -> None:
    ran = overlays(*command, "--help", env={"COLUMNS": "80"})
    assert (ran.code, ran.stderr) == (0, b"")
    lines = ran.stdout.decode().splitlines()
    assert len(lines) <= 50
    assert max(map(len, lines)) <= 80


# Validate


def test_validate_reports_on_stdout_and_sums_up_on_stderr(values: pathlib.Path) -> None:
    values.write_text("overlays: {sources: []}\n")
    ran = overlays("validate", "-f", "v.yaml", cwd=values.parent)
    assert ran.code == 0
    assert ran.stdout.decode() == (
        "v.yaml:1:21: warning OVL303: overlays.sources is empty, so compat mode applies: "
        "with an empty list the sources come from toolServer.*\n"
        "  hint: for no sources at all set toolServer.enabled to false; else remove the key\n"
    )
    assert ran.told == "0 errors, 1 warning\n"
    assert overlays("validate", "-f", "v.yaml", "--strict", cwd=values.parent).code == 1


def test_validate_for_github_escapes_what_steers_it(tmp_path: pathlib.Path) -> None:
    name = "100%,a:b\n.yaml"
    (tmp_path / name).write_text("toolServer: {repo: '::error::%0Ax'}\n")
    ran = overlays("validate", "--output", "github", "-f", f'"{name}"', cwd=tmp_path)
    assert ran.code == 1
    (line,) = ran.stdout.decode().splitlines()
    assert line.startswith("::error file=100%25%2Ca%3Ab\\n.yaml,line=1,col=20,title=OVL115::toolServer.repo is ")
    assert "'::error::%250Ax'" in line
    assert "%0Ahint: " in line


def test_validate_without_files_checks_the_defaults() -> None:
    ran = overlays("validate", "--output", "json")
    assert (ran.code, ran.told) == (0, "0 errors, 0 warnings\n")
    assert json.loads(ran.stdout) == {"schemaVersion": 1, "findings": []}


def test_names_in_findings_cannot_steer_a_terminal(tmp_path: pathlib.Path) -> None:
    (tmp_path / "\x1b[31m.yaml").write_text('overlays: {"\\e[2J": 1}\n')
    ran = overlays("validate", "-f", "\x1b[31m.yaml", cwd=tmp_path)
    assert ran.code == 1
    assert b"\x1b" not in ran.stdout + ran.stderr


# Places


def test_a_value_behind_an_alias_stands_at_the_anchor(tmp_path: pathlib.Path) -> None:
    (tmp_path / "v.yaml").write_text("x: &ref a..b\noverlays:\n  sources:\n    - repo: a/b\n      ref: *ref\n")
    found = findings("-f", "v.yaml", cwd=tmp_path)
    (bad,) = [item for item in found if item["code"] == "OVL115"]
    assert (bad["file"], bad["line"], bad["column"]) == ("v.yaml", 1, 4)
    assert bad["pointer"] == "/overlays/sources/0/ref"
    assert str(bad["what"]).endswith("(through the alias on line 5)")


def test_the_file_that_said_it_last_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text("repoCache:\n  hostPath: /a\n  syncIntervalSeconds: 0\n")
    (tmp_path / "b.yaml").write_text("repoCache: {hostPath: relative}\n")
    found = findings("-f", "a.yaml,b.yaml", cwd=tmp_path)
    assert [(item["file"], item["line"], item["pointer"]) for item in found] == [
        ("a.yaml", 3, "/repoCache/syncIntervalSeconds"),
        ("b.yaml", 1, "/repoCache/hostPath"),
    ]


def test_a_flag_is_named_by_its_text(values: pathlib.Path) -> None:
    (bad,) = findings("-f", "v.yaml", "--set", "overlays.sources[1].ref=12", cwd=values.parent)
    assert (bad["file"], bad["line"], bad["column"]) == ("--set overlays.sources[1].ref=12", None, None)
    assert bad["hint"] == 'quote it: "12"'


def test_standard_input_is_named_by_a_dash(tmp_path: pathlib.Path) -> None:
    ran = overlays("validate", "-f", "-", stdin=b"overlays: {source: []}\n", cwd=tmp_path)
    assert ran.stdout.startswith(b"-:1:12: error OVL111: unknown key 'source': ")
    assert b"hint: did you mean 'sources'?\n" in ran.stdout


# Render


def test_flags_apply_by_kind_over_files(values: pathlib.Path) -> None:
    (values.parent / "prompt.txt").write_text("Be brief.\n")
    ran = overlays(
        *("render", "env", "--for", "api", "-f", "v.yaml"),
        *("--set-string", "overlays.sources[1].ref=0123", "--set", "overlays.sources[1].ref=main"),
        *("--set-json", 'apiRs.extraEnv={"A":"1"}', "--set-file", "overlay.systemPrompt=prompt.txt"),
        cwd=values.parent,
    )
    env = json.loads(ran.stdout)
    assert json.loads(env["KUBERNETES_TOOLS_EXTRA_SOURCES"]) == [{"ref": "0123", "repo": "acme/one", "subdir": "tools"}]
    assert (env["A"], env["CENTAUR_OVERLAY_DIR"]) == ("1", "/app/overlay/org")


def test_json_of_one_consumer_is_the_bare_object(values: pathlib.Path) -> None:
    whole = json.loads(overlays("render", "env", "-f", values).stdout)
    assert list(whole) == ["api", "repoCache", "sandbox"]
    for consumer, key in (("api", "api"), ("repo-cache", "repoCache"), ("sandbox", "sandbox")):
        alone = overlays("render", "env", "-f", values, "--for", consumer).stdout
        assert alone == (json.dumps(whole[key], indent=2, ensure_ascii=False) + "\n").encode()


def test_the_agent_is_printed_alone_in_every_format(values: pathlib.Path) -> None:
    more = ("--set", "sandbox.workspace=/w,sandbox.extraEnv.A=x,overlays.sources[0].promptPath=P.md")
    ran = {
        form: overlays("render", "env", "-f", values, *more, "--for", "agent", "--format", form).stdout
        for form in ("json", "kubernetes", "shell")
    }
    env = json.loads(ran["json"])
    assert list(env) == [
        *("TOOL_DIRS", "WORKFLOW_DIRS", "CENTAUR_SKILL_DIRS", "CENTAUR_PROMPT_PATHS"),
        *("OVERLAYS_DIGEST", "A"),
    ]
    assert (env["TOOL_DIRS"], env["CENTAUR_PROMPT_PATHS"]) == ("/w/tools", "/w/SYSTEM_PROMPT.md")
    assert {one["name"]: one["value"] for one in yaml.safe_load(ran["kubernetes"])["env"]} == env
    assert ran["shell"].startswith(b"export TOOL_DIRS='/w/tools'\nexport WORKFLOW_DIRS='/w/workflows'\n")
    assert "agent" not in json.loads(overlays("render", "env", "-f", values, *more).stdout)


def test_without_the_cache_the_agent_has_no_variables(values: pathlib.Path) -> None:
    ran = overlays("render", "env", "-f", values, "--for", "agent", "--set", "repoCache.enabled=false")
    assert (ran.code, ran.stdout) == (0, b"{}\n")
    assert "warning OVL235: no sandbox pod template: repoCache.enabled is false" in ran.told


def test_api_and_sandbox_are_there_without_api_and_cache(values: pathlib.Path) -> None:
    off = ("--set", "apiRs.enabled=false,repoCache.enabled=false,sandbox.extraEnv.A=x")
    whole = json.loads(overlays("render", "env", "-f", values, *off).stdout)
    assert whole["repoCache"] == {}
    assert whole["sandbox"] == {"A": "x"}
    assert whole["api"]["TOOL_DIRS"] == "/app/tools"


HOSTILE = 'it\'s "q" \\ $HOME `x`\t\nä\u2028\u0085\ufeff\U0001f600 #'


def hostile_values(directory: pathlib.Path) -> pathlib.Path:
    file = directory / "hostile.yaml"
    text = json.dumps(HOSTILE.replace("\u0085", ""), ensure_ascii=True).replace("\\ud83d\\ude00", "\\U0001f600")
    file.write_text(f"sandbox: {{extraEnv: {{A: {text}}}}}\n")
    return file


def test_kubernetes_format_is_yaml_that_reads_back(tmp_path: pathlib.Path) -> None:
    file = hostile_values(tmp_path)
    ran = overlays("render", "env", "--format", "kubernetes", "--for", "sandbox", "-f", file)
    variables = {entry["name"]: entry["value"] for entry in yaml.safe_load(ran.stdout)["env"]}
    assert variables["A"] == HOSTILE.replace("\u0085", "")
    lines = ran.stdout.decode().split("\n")
    assert lines[:2] == ["env:", '  - name: "CENTAUR_SKILL_DIRS"']
    assert lines[3:5] == [
        '  - name: "A"',
        '    value: "it\'s \\"q\\" \\\\ $HOME `x`\\t\\nä\\u2028\\ufeff\U0001f600 #"',
    ]


def test_shell_format_survives_a_shell(tmp_path: pathlib.Path) -> None:
    file = hostile_values(tmp_path)
    ran = overlays("render", "env", "--format", "shell", "--for", "sandbox", "-f", file)
    script = ran.stdout + b'\nprintf %s "$A"'
    assert subprocess.run(["sh"], input=script, capture_output=True, check=True).stdout.decode() == HOSTILE.replace(
        "\u0085", ""
    )


def test_the_formats_take_the_api_by_default(values: pathlib.Path) -> None:
    ran = overlays("render", "env", "--format", "shell", "-f", values)
    assert ran.stdout.startswith(b"export TOOL_DIRS='/var/lib/centaur/repos/paradigmxyz/centaur/tools:")


def test_output_is_written_by_rename_and_only_when_it_differs(values: pathlib.Path) -> None:
    target = values.parent / "out.yaml"
    link = values.parent / "link.yaml"
    link.symlink_to(target)
    for _ in range(2):
        ran = overlays("render", "values", "-f", values, "-o", link)
        assert (ran.code, ran.stdout, ran.stderr) == (0, b"", b"")
    before = target.stat()
    target.chmod(0o640)
    assert overlays("render", "values", "-f", values, "-o", link).code == 0
    assert (target.stat().st_ino, target.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    values.write_text(LIST.replace("v1", "v2"))
    assert overlays("render", "values", "-f", values, "-o", link).code == 0
    after = target.stat()
    assert after.st_ino != before.st_ino
    assert after.st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert 'ref: "v2"' in target.read_text()
    assert sorted(path.name for path in values.parent.iterdir()) == ["link.yaml", "out.yaml", "v.yaml"]


def test_output_that_cannot_be_written_is_told(values: pathlib.Path) -> None:
    ran = overlays("render", "values", "-f", values, "-o", "none/out.yaml", cwd=values.parent)
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.told == (
        "none/out.yaml: error OVL118: cannot write 'none/out.yaml': no such file or directory\n"
        "  hint: name a file in a directory that exists and that this user may write to\n"
    )


def test_check_exits_with_2_on_drift_and_shows_it(values: pathlib.Path) -> None:
    target = values.parent / "out.yaml"
    assert overlays("render", "values", "-f", values, "-o", target).code == 0
    ran = overlays("render", "values", "-f", values, "--check", target)
    assert ran == (0, b"", b"")
    values.write_text(LIST.replace("v1", "v2"))
    ran = overlays("render", "values", "-f", "v.yaml", "--check", "out.yaml", cwd=values.parent)
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.told.splitlines()[:8] == [
        "--- out.yaml",
        "+++ rendered",
        "@@ -1,7 +1,7 @@",
        " overlays:",
        "   sources:",
        '     - repo: "paradigmxyz/centaur"',
        '-      ref: "v1"',
        '+      ref: "v2"',
    ]


def test_check_of_a_missing_file_is_drift_and_of_an_unreadable_one_an_error(values: pathlib.Path) -> None:
    assert overlays("render", "manifest", "-f", values, "--check", values.parent / "none").code == 2
    ran = overlays("render", "manifest", "-f", values, "--check", values.parent)
    assert (ran.code, ran.stdout) == (1, b"")
    assert " error OVL101: " in ran.told


def test_output_to_a_pipe_leaves_the_pipe(values: pathlib.Path) -> None:
    pipe = values.parent / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert overlays("render", "values", "-f", values, "-o", pipe).code == 0
        assert os.read(reader, 1 << 16) == overlays("render", "values", "-f", values).stdout
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_dash_is_a_stream(values: pathlib.Path) -> None:
    rendered = overlays("render", "values", "-f", values, "-o", "-", cwd=values.parent).stdout
    assert rendered == overlays("render", "values", "-f", values).stdout
    assert overlays("render", "values", "-f", values, "--check", "-", stdin=rendered) == (0, b"", b"")
    assert overlays("render", "values", "-f", values, "--check", "-", stdin=b"").code == 2
    assert not (values.parent / "-").exists()


def test_check_with_an_error_in_the_values_is_an_error(values: pathlib.Path) -> None:
    assert overlays("render", "env", "--set", "overlays.bogus=1", "--check", values.parent / "none").code == 1


def test_results_are_whole_when_python_does_not_buffer(tmp_path: pathlib.Path) -> None:
    sources = "".join(f"    - repo: acme/source-{number}\n" for number in range(2000))
    (tmp_path / "v.yaml").write_text(f"overlays:\n  sources:\n{sources}")
    command = [sys.executable, "-m", "overlays", "render", "env", "-f", "v.yaml"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        document = json.loads(process.stdout.read())
    assert len(document["repoCache"]["REPOSITORIES"].split(" ")) == 2000


# Schema and chart


@pytest.mark.parametrize("name", ["values", "lock", "findings", "portability"])
def test_schema_prints_the_schema_that_is_shipped(name: str) -> None:
    ran = overlays("schema", name)
    assert (ran.code, ran.stdout) == (0, (ROOT / "schemas" / f"{name}.schema.json").read_bytes())
    jsonschema.Draft7Validator.check_schema(json.loads(ran.stdout))


def test_chart_path_is_the_chart() -> None:
    ran = overlays("chart-path")
    assert ran.code == 0
    assert (pathlib.Path(os.fsdecode(ran.stdout.rstrip(b"\n"))) / "Chart.yaml").is_file()
