"""`overlays diff --helm-output`: what an upgrade of the chart, or of its values, does, as people read it."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess

import pytest
import yaml

from tests.support.helm import CHART, HELM3, HELM4, HELMS, ROOT, Rendered, helm_template, render
from tests.support.overlays import Ran, overlays
from tests.support.processor import spent

UPGRADE = pathlib.Path(__file__).parent / "upgrade"
PAIRS = ("extra-sources", "tool-server-off")
LIST = "overlays: {sources: [{repo: acme/base}, {repo: acme/extra, ref: v1}]}"


def diff(old: pathlib.Path | str, new: pathlib.Path | str, *more: str, **options: object) -> Ran:
    return overlays("diff", "--helm-output", old, new, *more, **options)  # type: ignore[arg-type]


def text_of(old: str, new: str, folder: pathlib.Path, *more: str) -> str:
    """What the command prints for two streams, which differ or not; it says nothing on standard error."""
    for name, text in (("old.yaml", old), ("new.yaml", new)):
        (folder / name).write_text(text)
    ran = diff("old.yaml", "new.yaml", *more, cwd=folder)
    assert (ran.code, ran.told) == (0, "")
    return ran.stdout.decode()


# ---- the chart before and after overlay sources existed --------------------------------------------------------------


@pytest.mark.parametrize("pair", PAIRS)
def test_an_upgrade_to_overlay_sources_is_told_in_these_words(pair: str) -> None:
    ran = diff("before.yaml", "after.yaml", "--detailed-exitcode", cwd=UPGRADE / pair)
    assert (ran.code, ran.told) == (2, "")
    assert ran.stdout.decode() == (UPGRADE / pair / "told.txt").read_text()


HP, SB = "/var/lib/centaur/repos", "/home/agent/github"
NINE = {
    "the checksum annotation": {
        "Deployment/prod-centaur-api-rs: annotation checksum/overlay 1f0c53d0",
    },
    "KUBERNETES_WORKFLOW_DIRS appears": {
        f"+ KUBERNETES_WORKFLOW_DIRS = {SB}/paradigmxyz/centaur/workflows:{SB}/acme/one/wf:",
    },
    "CENTAUR_SKILL_DIRS appears in the array": {
        "~ SESSION_SANDBOX_EXTRA_ENV",
        f"+ CENTAUR_SKILL_DIRS = {SB}/paradigmxyz/centaur/.agents/skills:{SB}/acme/one/.agents/skills:",
    },
    "KUBERNETES_TOOLS_EXTRA_SOURCES is normalised": {
        "~ KUBERNETES_TOOLS_EXTRA_SOURCES",
        "~ acme/one",
        '- ref (was "")',
        "- workflowsSubdir (was wf)",
        "~ acme/two",
        "+ subdir = tools",
        "- branch (was main)",
        "~ acme/three/deploy/tools",
        "- skillsSubdir (was deploy/skills)",
        "- workflowsSubdir (was deploy/workflows)",
    },
    "an empty subdir is tools": {
        "~ TOOL_DIRS",
        f"+ {HP}/paradigmxyz/centaur/tools",
        f"- {HP}/paradigmxyz/centaur/",
        '~ KUBERNETES_TOOLS_SUBDIR: "" → tools',
    },
    "workflowsSubdir counts": {
        "~ WORKFLOW_DIRS",
        f"+ {HP}/acme/one/wf",
        f"- {HP}/acme/one/workflows",
        f"+ {HP}/acme/three/deploy/workflows",
        f"- {HP}/acme/three/workflows",
    },
    "extra sources without a repository vanish": {
        f"- {HP}//tools",
        f"- {HP}//workflows",
        '- "" (was {"repo":""})',
    },
    "REPOSITORY_REFS names sources alone, and once": {
        "~ REPOSITORY_REFS",
        "- acme/three (was v1)",
        "- acme/one (was dev)",
    },
    "the API mounts the cache only when it reads it": {
        "~ Deployment/prod-centaur-api-rs",
        "-           volumeMounts:",
        "-             - name: repo-cache",
        f"-               mountPath: {HP}",
        "-               readOnly: true",
        "-       volumes:",
        "-         - name: repo-cache",
        "-           hostPath:",
        f"-             path: {HP}",
        "-             type: DirectoryOrCreate",
    },
}
AROUND = {"- name: http"}
LABELS = {
    "5 objects: label helm.sh/chart centaur-0.1.57 → centaur-0.1.58",
    "5 objects: label app.kubernetes.io/version 0.1.57 → 0.1.58",
}


def told_changes() -> list[str]:
    """The lines of both pairs that tell of a change, without the restarts that follow from them."""
    texts = [(UPGRADE / pair / "told.txt").read_text() for pair in PAIRS]
    sections = [part for text in texts for part in text.split("\n\n")[1:] if not part.startswith("what restarts")]
    lines = [line.strip() for part in sections for line in part.splitlines()[1:]]
    return [line for line in lines if line[:2] in ("+ ", "- ", "~ ", "% ") or " → " in line]


@pytest.mark.parametrize("difference", NINE)
def test_each_of_the_nine_differences_is_told(difference: str) -> None:
    lines = told_changes()
    assert [start for start in NINE[difference] if not any(line.startswith(start) for line in lines)] == []


def test_nothing_but_the_nine_differences_is_told() -> None:
    known = tuple(LABELS.union(AROUND, *NINE.values()))
    assert [line for line in told_changes() if not line.startswith(known)] == []


def test_the_nine_differences_are_explained() -> None:
    page = (ROOT / "docs" / "upgrading.md").read_text()
    chapter = page.split("## The Centaur chart, before and after overlay sources\n")[1].split("\n## ")[0]
    explained = chapter.split("\n### ")[1:]
    assert len(explained) == len(NINE)
    for text in explained:
        assert ["- **You see**" in text, "- **Why:**" in text, "- **Do" in text] == [True] * 3, text


def test_the_new_side_is_what_the_generator_renders() -> None:
    """The fixture is hand-written; where the values are legal here, its new variables are the contract's."""
    values = yaml.safe_load((UPGRADE / "extra-sources" / "values.yaml").read_text())
    extra = values["toolServer"]["extraSources"]
    values["toolServer"]["extraSources"] = [
        {key: text for key, text in entry.items() if key != "branch"} for entry in extra if entry["repo"]
    ]
    for pair, text in (("extra-sources", json.dumps(values)), ("tool-server-off", None)):
        stdin = (text or (UPGRADE / pair / "values.yaml").read_text()).encode()
        rendered = json.loads(overlays("render", "env", "-f", "-", stdin=stdin).stdout)
        after = Rendered(0, (UPGRADE / pair / "after.yaml").read_text(), "")
        for container, consumer in (("api-rs", "api"), ("repo-cache", "repoCache")):
            entries = after.container(container)["env"]
            shown = {entry["name"]: entry["value"] for entry in entries if "value" in entry}
            assert shown == {name: text for name, text in rendered[consumer].items() if name != "OVERLAYS_DIGEST"}


# ---- this chart ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", sorted((CHART / "ci").glob("*-values.yaml")), ids=lambda path: path.name)
def test_both_helms_print_the_same_objects(values: pathlib.Path, tmp_path: pathlib.Path) -> None:
    old, new = (helm_template(helm, ["-f", str(values)]).stdout for helm in HELMS)
    assert old != new
    assert text_of(old, new, tmp_path, "--detailed-exitcode").endswith("\nno change\n")


@pytest.mark.parametrize("helm", HELMS, ids=lambda path: path.name)
def test_a_change_of_the_list_is_told_once(helm: pathlib.Path, tmp_path: pathlib.Path) -> None:
    old, new = (render(helm, LIST.replace("v1", ref)).stdout for ref in ("v1", "v2"))
    lines = text_of(old, new, tmp_path).splitlines()
    assert len([line for line in lines if "KUBERNETES_TOOLS_EXTRA_SOURCES" in line and "restart" not in line]) >= 1
    assert len(lines) < 60
    document = json.loads(text_of(old, new, tmp_path, "--output", "json"))
    assert [item["consumer"] for item in document["variables"]] == [
        "ConfigMap/agent-overlays-env; Deployment/agent-overlays-api-rs, container api-rs",
        "ConfigMap/agent-overlays-manifest",
        "DaemonSet/agent-overlays-repo-cache, container repo-cache",
    ]
    assert document["objects"] == []
    assert len(document["folded"]) == 1


@pytest.mark.parametrize("helm", HELMS, ids=lambda path: path.name)
def test_a_new_version_of_the_chart_is_a_handful_of_lines(helm: pathlib.Path, tmp_path: pathlib.Path) -> None:
    chart = pathlib.Path(shutil.copytree(CHART, tmp_path / "next", ignore=shutil.ignore_patterns("__pycache__")))
    meta = (chart / "Chart.yaml").read_text()
    (chart / "Chart.yaml").write_text(
        meta.replace("version: 0.1.0", "version: 0.2.0").replace("appVersion: 0.1.0", "appVersion: 0.2.0")
    )
    code = chart / "node" / "overlays_node" / "wake.py"
    code.write_text(code.read_text() + "\n")
    old, new = (render(helm, LIST, chart=where).stdout for where in (CHART, chart))
    text = text_of(old, new, tmp_path)
    assert "10 objects: label helm.sh/chart agent-overlays-0.1.0 → agent-overlays-0.2.0" in text
    assert "1 of 28 files differ" in text.replace(str(len(list((CHART / "node" / "overlays_node").glob("*.py")))), "28")
    assert "import" not in text
    assert (
        "\npod templates, for pods made from now on: 1 changed\n"
        "  ~ PodTemplate agent-overlays-sandbox\n"
        "        volume overlays-runtime\n"
    ) in text
    assert len(text.splitlines()) < 24


def test_a_setting_of_new_sandbox_pods_restarts_nothing(tmp_path: pathlib.Path) -> None:
    old, new = (render(HELM4, f"sandbox: {{workspace: {path}}}").stdout for path in ("/w", "/x"))
    text = text_of(old, new, tmp_path)
    assert "\nwhat restarts: nothing\n    nothing: no workload has other pods\n" in text
    _, _, told = text.partition("\npod templates, for pods made from now on: 1 changed\n")
    assert told.startswith("  ~ PodTemplate agent-overlays-sandbox\n        ")
    assert "        variables TOOL_DIRS, WORKFLOW_DIRS, CENTAUR_SKILL_DIRS of container agent\n" in told


def test_the_order_of_documents_is_no_change(tmp_path: pathlib.Path) -> None:
    stream = render(HELM4, LIST).stdout
    documents = [part for part in stream.split("---\n") if part.strip()]
    turned = "---\n".join(["", *documents[::-1]])
    assert text_of(stream, turned, tmp_path, "--detailed-exitcode").endswith("\nno change\n")


def test_a_claim_in_place_of_a_host_path_is_another_kind_of_workload(tmp_path: pathlib.Path) -> None:
    claim = "\nrepoCache: {storage: {type: persistentVolumeClaim, persistentVolumeClaim: {existingClaim: shared}}}"
    text = text_of(render(HELM3, LIST).stdout, render(HELM4, LIST + claim).stdout, tmp_path)
    assert "a Deployment takes the place of the DaemonSet" in text
    assert "Deployment/agent-overlays-repo-cache (was DaemonSet)" in text


def test_a_token_is_never_shown(tmp_path: pathlib.Path) -> None:
    old, new = (
        render(HELM4, f"{LIST}\nrepoCache: {{githubToken: {{token: {word}}}}}").stdout for word in ("one", "two")
    )
    for output in ("text", "json", "markdown"):
        told = text_of(old, new, tmp_path, "--output", output)
        assert "b25l" in old
        assert "b25l" not in told
        assert "hidden, changed" in told


# ---- the command line ------------------------------------------------------------------------------------------------

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: WORD}\n"


def test_exit_statuses(tmp_path: pathlib.Path) -> None:
    for name, word in (("one", "b"), ("other", "c")):
        (tmp_path / name).write_text(OBJECT.replace("WORD", word))
    assert diff("one", "one", "--detailed-exitcode", cwd=tmp_path).code == 0
    assert diff("one", "other", cwd=tmp_path).code == 0
    assert diff("one", "other", "--detailed-exitcode", cwd=tmp_path).code == 2
    (tmp_path / "wrong").write_text("a: b: c\n")
    ran = diff("wrong", "none", "--detailed-exitcode", cwd=tmp_path)
    assert (ran.code, ran.stdout) == (1, b"")
    assert "none: error OVL101" in ran.told
    (tmp_path / "values").write_text("overlays: {}\n")
    ran = diff("wrong", "values", cwd=tmp_path)
    assert [line.split(": ")[:2] for line in ran.told.splitlines()[::2]] == [
        ["values:1:1", "error OVL425"],
        ["wrong:1:5", "error OVL425"],
    ]


def test_wrong_usage(tmp_path: pathlib.Path) -> None:
    (tmp_path / "one").write_text(OBJECT)
    for arguments in (["one"], ["one", "one", "one"], ["one,one", "one"], ["one", "one", "--set", "a=b"], []):
        assert overlays("diff", "--helm-output", *arguments, cwd=tmp_path).code == 64, arguments


def test_a_side_may_be_standard_input_or_in_the_history(tmp_path: pathlib.Path) -> None:
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.invalid", "-C", str(tmp_path)]
    file = tmp_path / "rendered.yaml"
    file.write_text(OBJECT.replace("WORD", "old"))
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "one"]):
        subprocess.run([*git, *arguments], check=True)
    file.write_text(OBJECT.replace("WORD", "new"))
    want = "@@ data @@"
    for arguments in (["git:HEAD:rendered.yaml", "rendered.yaml"], ["--base", "HEAD", "-f", "rendered.yaml"]):
        told = overlays("diff", "--helm-output", *arguments, cwd=tmp_path).stdout.decode()
        assert want in told
        assert "a: old" in told
    told = diff("-", "rendered.yaml", cwd=tmp_path, stdin=OBJECT.replace("WORD", "old").encode()).stdout.decode()
    assert "a: new" in told


def test_hostile_texts_are_escaped(tmp_path: pathlib.Path) -> None:
    evil = '"\\e[2J\\u202e\\n````\\n</details>\\n::error::x\\n| a |"'
    old = OBJECT.replace("WORD", "x").replace("name: c", 'name: "c\\e[31m"')
    new = old.replace("{a: x}", f"{{a: {evil}}}")
    for output in ("text", "markdown"):
        told = text_of(old, new, tmp_path, "--output", output)
        assert not {"\x1b", "\u202e"} & set(told)
    marked = text_of(old, new, tmp_path, "--output", "markdown").splitlines()
    fences = [line for line in marked if line.startswith("`````")]
    assert fences[::2] == ["`````diff"] * (len(fences) // 2)
    assert not [line for line in marked if line.startswith(("::", "````\n"))]
    assert json.loads(text_of(old, new, tmp_path, "--output", "json"))["objects"][0]["kind"] == "changed"


def test_large_streams(tmp_path: pathlib.Path) -> None:
    lines = "".join(f"    line {n}\n" for n in range(100_000))
    head = (
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cN, labels: {chart: big-VERSION}}\ndata:\n  text: |\n"
    )
    small = "".join(f"    line {n}\n" for n in range(100))
    old, new = (
        head.replace("VERSION", version).replace("cN", "large")
        + lines.replace("line", word)
        + "".join(head.replace("VERSION", version).replace("N", str(n)) + small for n in range(6000))
        for version, word in (("1", "line"), ("2", "row"))
    )
    assert len(old) > 8_000_000
    start = spent()
    for output in ("text", "markdown", "json"):
        assert len(text_of(old, new, tmp_path, "--output", output)) < 65_000
    assert spent() - start < 60
