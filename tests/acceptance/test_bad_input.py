"""Bad input: a finding with a position and a hint, exit status 1, nothing on stdout, nothing written."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from tests.support.bad_names import PATHS, REFS, REPOS, SUBDIRS, URLS
from tests.support.overlays import Ran, overlays


def refused(directory: pathlib.Path, data: bytes | str, *arguments: str) -> list[str]:
    """The findings of `render env` on a values file that must be refused, two lines each."""
    file = directory / "v.yaml"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    target = directory / "out.json"
    target.write_bytes(b"untouched")
    ran = overlays("render", "env", "-f", "v.yaml", "-o", "out.json", *arguments, cwd=directory)
    assert_refused(ran)
    assert target.read_bytes() == b"untouched"
    assert sorted(path.name for path in directory.iterdir()) == ["out.json", "v.yaml"]
    return ran.told.splitlines()


def assert_refused(ran: Ran) -> None:
    assert ran.code == 1, ran.told
    assert ran.stdout == b""
    assert "Traceback" not in ran.told
    heads, hints = ran.told.splitlines()[::2], ran.told.splitlines()[1::2]
    assert all(hint.startswith("  hint: ") for hint in hints)
    assert any(" error OVL" in head for head in heads)


def source(text: str) -> str:
    return f"overlays:\n  sources:\n    - {text}\n"


WHOLE_FILES: dict[str, tuple[bytes | str, str]] = {
    "not utf-8": (b"overlays:\n  sources: [{repo: acme/\xff}]\n", "v.yaml:2:25: error OVL102"),
    "utf-16": ("overlays: {}\n".encode("utf-16"), "error OVL102"),
    "tab": ("overlays:\n\tsources: []\n", "v.yaml:2:1: error OVL103"),
    "syntax": ("overlays: {sources: [\n", "v.yaml:2:1: error OVL103"),
    "not a number": ("sandbox: {extraEnv: {A: .nan}}\n", "v.yaml:1:25: error OVL103"),
    "undefined alias": ("overlays: *none\n", "v.yaml:1:11: error OVL103"),
    "two documents": ("overlays: {}\n---\noverlays: {}\n", "v.yaml:2:1: error OVL104"),
    "duplicate key": ("repoCache:\n  enabled: true\n  enabled: false\n", "v.yaml:3:3: error OVL105"),
    "keys of one text": ('x:\n  1: a\n  "1": b\n', "v.yaml:3:3: error OVL105"),
    "list at the top": ("- overlays\n", "v.yaml:1:1: error OVL106"),
    "text at the top": ("overlays\n", "v.yaml:1:1: error OVL106"),
    "null key": ("~: 1\n", "v.yaml:1:1: error OVL108"),
    "nesting": ("a: " + "[" * 100_000 + "\n", "error OVL107"),
    "aliases": (
        "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 7)),
        "error OVL107",
    ),
    "too large": (b"#" * (16 << 20) + b"#\n", "v.yaml: error OVL101"),
}


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_a_file_that_helm_would_misread(tmp_path: pathlib.Path, name: str) -> None:
    data, head = WHOLE_FILES[name]
    found = refused(tmp_path, data)
    assert any(head in line for line in found), found


VALUES: dict[str, tuple[str, str]] = {
    "null list entry": ("overlays: {sources: [~]}\n", "v.yaml:1:22: error OVL114"),
    "null key of ours": ("toolServer: {subdir: ~}\n", "v.yaml:1:22: error OVL114"),
    "null variable": ("sandbox: {extraEnv: {A: }}\n", "v.yaml:1:25: error OVL114"),
    "unknown key": (source("{repo: a/b, tolsSubdir: x}"), "v.yaml:3:19: error OVL111: unknown key 'tolsSubdir'"),
    "misspelt section": ("repoCache: {storage: {persistentVolumeclaim: {}}}\n", "v.yaml:1:23: error OVL111"),
    "missing repo": (source("{ref: main}"), "v.yaml:3:8: error OVL112: overlays.sources[0] has no 'repo'"),
    "missing repo, empty": (source("{}"), "v.yaml:3:7: error OVL112"),
    "empty repo": (source('{repo: ""}'), "v.yaml:3:14: error OVL115"),
    "list for a map": ("overlays: []\n", "v.yaml:1:11: error OVL113"),
    "text for a list": ("overlays: {sources: a/b}\n", "v.yaml:1:21: error OVL113"),
    "text for a boolean": ('repoCache: {enabled: "true"}\n', "v.yaml:1:22: error OVL113"),
    "quoted number": ('repoCache: {syncIntervalSeconds: "30"}\n', "v.yaml:1:34: error OVL113"),
    "fraction": ("repoCache: {syncIntervalSeconds: 1.5}\n", "v.yaml:1:34: error OVL113"),
    "out of range": ("repoCache: {syncIntervalSeconds: 86401}\n", "v.yaml:1:34: error OVL116"),
    "no choice": ("repoCache: {storage: {type: hostpath}}\n", "v.yaml:1:29: error OVL117"),
    "visibility": (source("{repo: a/b, visibility: Public}"), "v.yaml:3:31: error OVL117"),
    "reserved variable": ("repoCache: {extraEnv: {REPOSITORIES: x}}\n", "v.yaml:1:24: error OVL115"),
    "reserved digest": ("apiRs: {extraEnv: {OVERLAYS_DIGEST: x}}\n", "v.yaml:1:20: error OVL115"),
    "reserved volume": ("apiRs: {extraVolumes: [{name: overlays-x}]}\n", "v.yaml:1:31: error OVL115"),
    "variable name": ("apiRs: {extraEnv: {a-b: x}}\n", "v.yaml:1:20: error OVL115"),
    "large number": ("sandbox: {extraEnv: {A: 9007199254740992}}\n", "v.yaml:1:25: error OVL116"),
    "control character": ('sandbox: {extraEnv: {A: "\\x7f"}}\n', "v.yaml:1:25: error OVL115"),
    "trailing newline": ("overlays:\n  sources:\n    - repo: |\n        a/b\n", "v.yaml:3:13: error OVL115"),
    "refs conflict": (source("{repo: a/b, ref: x}\n    - {repo: a/b, ref: z}"), "v.yaml:4:24: error OVL201"),
    "ref and none": (source("{repo: a/b, ref: x}\n    - {repo: a/b}"), "v.yaml:4:14: error OVL201"),
    "entries conflict": (
        "repoCache:\n  repositories: [{repo: a/b, ref: x}, {repo: a/b, ref: z}]\n",
        "v.yaml:2:56: error OVL202",
    ),
    "clone URLs conflict": (
        source("{repo: a/b, cloneUrl: https://x.example/a}\n    - {repo: a/b, cloneUrl: https://y.example/a}"),
        "v.yaml:4:29: error OVL203",
    ),
    "no claim": ("repoCache: {storage: {type: persistentVolumeClaim}}\n", "v.yaml:1:29: error OVL204"),
    "no base": ('toolServer: {repo: ""}\n', "v.yaml:1:20: error OVL205: toolServer.repo (owner/name) must be set"),
    "credentials for two hosts": (
        "repoCache:\n  gitCredentials: {existingSecretName: s}\n  repositories:\n"
        "    - a/b\n    - {repo: c/d, cloneUrl: https://x.example/c/d}\n",
        "v.yaml:2:40: error OVL206",
    ),
    "two mounts at one path": (
        "overlay: {mountPath: /x, systemPrompt: z}\napiRs: {extraVolumeMounts: [{name: v, mountPath: /x/}]}\n",
        "v.yaml:2:50: error OVL208: '/x/' is mounted here and at overlay.mountPath",
    ),
    "a mount at the workspace": (
        "sandbox: {workspace: /x, extraVolumeMounts: [{name: v, mountPath: /x}]}\n",
        "v.yaml:1:67: error OVL208: '/x' is mounted here and at sandbox.workspace",
    ),
    "the workspace in the cache": (
        "repoCache: {hostPath: /data/repos}\nsandbox: {workspace: /data/repos/mine}\n",
        "v.yaml:2:22: error OVL208: '/data/repos/mine' is at or below '/data/repos', which the installation",
    ),
    "the cache in the workspace": (
        "repoCache: {hostPath: /data/repos}\nsandbox: {workspace: /data}\n",
        "v.yaml:2:22: error OVL208: '/data/repos', which the installation has mounted read-only, is below the "
        "workspace '/data'",
    ),
    "the workspace is the cache": (
        "sandbox: {workspace: /var/lib/centaur/repos}\n",
        "v.yaml:1:22: error OVL208: '/var/lib/centaur/repos' is at or below '/var/lib/centaur/repos'",
    ),
    "the owner of the merged repositories, a source": (
        "overlays:\n  delivery: merged\n  sources:\n    - repo: overlays/x\n",
        "v.yaml:4:13: error OVL209: 'overlays/x' has the owner 'overlays', and overlays.delivery is merged",
    ),
    "the owner of the merged repositories, the base": (
        "overlays: {delivery: merged}\ntoolServer: {repo: overlays/x}\n",
        "v.yaml:2:20: error OVL209: 'overlays/x'",
    ),
    "the owner of the merged repositories, an extra source": (
        "overlays: {delivery: merged}\ntoolServer: {extraSources: [{repo: overlays/x}]}\n",
        "v.yaml:2:36: error OVL209: 'overlays/x'",
    ),
    "the owner of the merged repositories, a repository": (
        "overlays: {delivery: merged}\nrepoCache:\n  repositories:\n    - overlays/x\n    - {repo: overlays/y}\n",
        "v.yaml:4:7: error OVL209: 'overlays/x'",
    ),
    "the cache over the chart's own mounts": ("repoCache: {hostPath: /overlays/x}\n", "v.yaml:1:23: error OVL115"),
    "the cache at /tmp": ("repoCache: {hostPath: /tmp}\n", "v.yaml:1:23: error OVL115"),
    "no such access mode": (
        "repoCache: {storage: {persistentVolumeClaim: {accessModes: [RWX]}}}\n",
        "v.yaml:1:61: error OVL117",
    ),
    "sandbox array": ("apiRs: {extraEnv: {SESSION_SANDBOX_EXTRA_ENV: '{}'}}\n", "v.yaml:1:47: error OVL207"),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_that_break_a_rule(tmp_path: pathlib.Path, name: str) -> None:
    text, head = VALUES[name]
    found = refused(tmp_path, text)
    assert any(line.startswith(head) for line in found), found


@pytest.mark.parametrize(
    ("key", "text"),
    [("repo", text) for text in REPOS]
    + [("ref", text) for text in REFS]
    + [(key, text) for key in ("toolsSubdir", "promptPath") for text in SUBDIRS]
    + [("cloneUrl", text) for text in URLS]
    + [("hostPath", text) for text in PATHS],
)
def test_names_and_paths_that_are_not_accepted(tmp_path: pathlib.Path, key: str, text: str) -> None:
    quoted = '"' + "".join(c if c.isascii() and c.isprintable() else f"\\u{ord(c):04x}" for c in text) + '"'
    quoted = quoted.replace("a\\b", "a\\\\b")
    values = {
        "repo": f"overlays: {{sources: [{{repo: {quoted}}}]}}\n",
        "hostPath": f"repoCache: {{hostPath: {quoted}}}\n",
    }.get(key, f"overlays: {{sources: [{{repo: a/b, {key}: {quoted}}}]}}\n")
    found = refused(tmp_path, values)
    assert any(" error OVL115: " in line and f".{key} is " in line for line in found), found


@pytest.mark.parametrize("ref", ["1234567", "0123456", "12e4", "1_000", "on", "y", "0x10", "1.10", "true"])
def test_an_unquoted_ref_that_helm_reads_as_something_else(tmp_path: pathlib.Path, ref: str) -> None:
    found = refused(tmp_path, source(f"{{repo: a/b, ref: {ref}}}"))
    assert any(line.startswith("v.yaml:3:24: error OVL113") and repr(ref) in line for line in found)
    assert f'  hint: quote it: "{ref}"' in found


@pytest.mark.parametrize("kind", ["missing", "directory", "unreadable", "standard input twice"])
def test_a_file_that_cannot_be_read(tmp_path: pathlib.Path, kind: str) -> None:
    name = tmp_path / "v.yaml"
    arguments: tuple[str | pathlib.Path, ...] = ("-f", name)
    if kind == "directory":
        name.mkdir()
    elif kind == "unreadable":
        name.symlink_to(name)  # a loop: nobody can read it, not even root
    elif kind == "standard input twice":
        arguments = ("-f", "-", "-f", "-")
    ran = overlays("render", "env", *arguments)
    assert_refused(ran)
    assert " error OVL101: " in ran.told


def test_every_finding_in_one_run(tmp_path: pathlib.Path) -> None:
    found = refused(
        tmp_path,
        "overlays:\n  sources:\n    - {repo: a/b, ref: x, bogus: 1}\n    - {repo: c/d, ref: 12}\n"
        "    - {repo: e/f, ref: x}\n    - {repo: e/f, ref: z}\nrepoCache: {enabled: 1, enabled: 2}\n",
    )
    heads = [line.split(": ", 2)[:2] for line in found[::2]]
    assert heads == [
        ["v.yaml:2:3", "warning OVL301"],
        ["v.yaml:3:27", "error OVL111"],
        ["v.yaml:4:24", "error OVL113"],
        ["v.yaml:5:14", "warning OVL223"],
        ["v.yaml:5:14", "warning OVL223"],
        ["v.yaml:5:14", "warning OVL223"],
        ["v.yaml:6:24", "error OVL201"],
        ["v.yaml:7:25", "error OVL105"],
        ["v.yaml:7:34", "error OVL113"],
    ]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("repoCache: {repositories: [{ref: a}], egressPorts: []}\n", ["OVL112", "OVL231"]),
        (
            "repoCache: {repositories: [1, {repo: a/b, cloneUrl: 'https://x.example/'}], gitCredentials: "
            "{existingSecretName: s}}\ntoolServer: {enabled: false}\n",
            ["OVL113"],
        ),
        ("toolServer: {extraSources: [{repo: a}]}\nrepoCache: {enabled: false}\n", ["OVL224", "OVL115", "OVL235"]),
        ("overlays: {sources: {a: ~}}\n", ["OVL113", "OVL114"]),
        ("overlays: {sources: [{repo: paradigmxyz/centaur, ref: 1}]}\n", ["OVL113"]),
        ("overlays: 1\nrepoCache: [~]\n", ["OVL113", "OVL113", "OVL114"]),
    ],
)
def test_what_is_broken_leads_to_no_further_findings(tmp_path: pathlib.Path, text: str, codes: list[str]) -> None:
    found = refused(tmp_path, text)
    assert [line.split(" OVL")[1][:3] for line in found[::2]] == [code[3:] for code in codes]
    assert "broken" not in "".join(found)


@pytest.mark.parametrize(
    ("name", "data"),
    {
        "empty": b"",
        "only a comment": b"# nothing\n",
        "null": b"null\n",
        "byte order mark": b"\xef\xbb\xbfoverlays: {sources: []}\n",
        "CRLF": b"toolServer:\r\n  ref: v1\r\n",
        "leading marker": b"---\ntoolServer: {ref: v1}\n",
        "no final newline": b"toolServer: {ref: v1}",
        "anchors": b"x: &x {ref: v1}\ntoolServer: {<<: *x}\n",
        "nothing in an object of ours": b"toolServer:\noverlays:\nrepoCache:\n",
        "null elsewhere": b"apiRs: {service: ~, image: {tag: ~}}\nsandbox: ~\nnameOverride: ~\n",
        "unknown keys elsewhere": b"slackbot: {enabled: true}\napiRs: {replicas: 2}\nglobal: {x: 1}\nenabled: true\n",
    }.items(),
)
def test_legal_input(tmp_path: pathlib.Path, name: str, data: bytes) -> None:
    (tmp_path / "v.yaml").write_bytes(data)
    ran = overlays("render", "env", "-f", "v.yaml", cwd=tmp_path)
    assert (ran.code, b" error " in ran.stderr) == (0, False), ran.told
    assert ran.stdout.startswith(b'{\n  "api": {\n')


def test_a_secret_is_never_shown(tmp_path: pathlib.Path) -> None:
    secret = "s3cr3t"
    (tmp_path / "v.yaml").write_text(f'apiRs: {{extraEnv: {{KEY: "{secret}\\x01"}}}}\n')
    ran = overlays(
        "validate",
        *("-f", "v.yaml", "--output", "json"),
        *("--set", f"repoCache.githubToken.token={secret}\x01,repoCache.githubToken.tokn={secret}"),
        cwd=tmp_path,
    )
    assert ran.code == 1
    assert secret.encode() not in ran.stdout + ran.stderr


def test_the_user_of_a_url_is_never_shown(tmp_path: pathlib.Path) -> None:
    secret = "ghp_s3cr3t"
    (tmp_path / "v.yaml").write_text(source(f"{{repo: a/b, cloneUrl: 'https://x:{secret}@x.example/a'}}"))
    flags = ("--set", f"overlays.sources[1].repo=c/d,overlays.sources[1].cloneUrl=https://{secret}@x.example/c")
    for arguments in (("-f", "v.yaml"), ("-f", "v.yaml", *flags), ("--set", f"repoCache.githubTokn.token={secret}")):
        ran = overlays("validate", *arguments, cwd=tmp_path)
        assert ran.code == 1
        assert secret.encode() not in ran.stdout + ran.stderr
        assert b"***" in ran.stdout


def test_a_full_disk_is_no_bug_of_ours() -> None:
    with pathlib.Path("/dev/full").open("wb") as stdout:
        done = subprocess.run(
            [sys.executable, "-m", "overlays", "render", "env"], stdout=stdout, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (
        1,
        b"overlays: cannot write to standard output: no space left on device\n",
    )


def test_a_closed_stdout_ends_in_silence() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as stdout:
        done = subprocess.run(
            [sys.executable, "-m", "overlays", "render", "env"], stdout=stdout, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (1, b"")
