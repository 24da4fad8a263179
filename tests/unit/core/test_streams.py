"""Two streams of Kubernetes objects: what is told by meaning, line by line, in one line for all, and not at all."""

from __future__ import annotations

import pytest

from overlays.core.streams import MAX_LINES as MAX_ALL
from overlays.core.streams import compare_streams
from overlays.core.streams.text import MAX_LINES
from overlays.io.stream import StreamReader
from overlays.model.difference import Difference, Kind, ObjectChange, Restart
from tests.support.processor import spent

DIGESTS = ("sha256:" + "0" * 64, "sha256:" + "1" * 64)


def diff(old: str, new: str) -> Difference:
    reader = StreamReader()
    return compare_streams(reader.read("old", old.encode()), reader.read("new", new.encode()))


def workload(
    env: str = "[]",
    *,
    kind: str = "Deployment",
    name: str = "api",
    labels: str = "{}",
    annotations: str = "{}",
    container: str = "main",
    more: str = "{}",
    spec: str = "",
    hook: str = "{}",
) -> str:
    return (
        f"---\napiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  labels: {labels}\n"
        f"  annotations: {hook}\nspec:\n  template:\n    metadata: {{labels: {labels}, annotations: {annotations}}}\n"
        f"    spec:\n      containers:\n      - {{name: {container}, image: x, resources: {more}, env: {env}}}\n{spec}"
    )


def config(data: str, name: str = "c", kind: str = "ConfigMap", more: str = "") -> str:
    return f"---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n{more}data: {data}\n"


def told(found: Difference) -> list[str]:
    """Consumer and variables, as `consumer: +NAME ~NAME`."""
    return [
        f"{item.consumer}: {' '.join(change.kind.value + change.name for change in item.changes)}"
        for item in found.variables
    ]


def only(found: Difference) -> ObjectChange:
    (item,) = found.objects
    return item


# ---- what is no change -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            config("{a: 1, b: [x]}"),
            "---\n" + '"data": {"b": ["x"], "a": 0x1}\nmetadata: {name: c}\nkind: ConfigMap\napiVersion: v1\n',
        ),
        (config("{a: x}") + workload(), workload() + "# Source: else/where.yaml\n" + config("{'a': \"x\"}")),
        (config("{a: yes}"), config("{a: true}")),
        (config("{a: 1e3}"), config("{a: 1000}")),
        (config("{a: &x [1], b: *x}"), config("{a: [1], b: [1]}")),
        ("", "# nothing\n"),
    ],
)
def test_spelling_and_order_are_no_change(old: str, new: str) -> None:
    found = diff(old, new)
    assert found.same
    assert (found.folded, found.notes) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("{a: 1}", "{a: '1'}", ("-  a: 1", '+  a: "1"')),
        ("{a: true}", "{a: 1}", ("-  a: true", "+  a: 1")),
        ("{a: true}", "{a: 'true'}", ("-  a: true", '+  a: "true"')),
        ("{a: ''}", "{a: }", ('-  a: ""', "+  a: null")),
        ("{a: 2024-01-01}", "{a: 2024-01-02}", ("-  a: 2024-01-01", "+  a: 2024-01-02")),
        ("{a: 9007199254740993}", "{a: 9007199254740992}", ("-  a: 9007199254740993", "+  a: 9007199254740992")),
        ("{a: [x, z]}", "{a: [z, x]}", ("+    - z", "-    - z")),
        ("{a: {}}", "{a: []}", ("-  a: {}", "+  a: []")),
    ],
)
def test_types_and_the_order_of_lists_count(old: str, new: str, lines: tuple[str, ...]) -> None:
    changed = only(diff(config(old), config(new)))
    assert (changed.kind, changed.name) == (Kind.CHANGED, "ConfigMap/c")
    assert tuple(line for line in changed.lines if line[0] in "-+" or line in lines) == lines


# ---- variables -------------------------------------------------------------------------------------------------------


def test_variables_of_the_contract_are_told_by_meaning_and_nowhere_else() -> None:
    old = workload("[{name: TOOL_DIRS, value: /a:/b}, {name: REPOS_PATH, value: /r}, {name: MINE, value: x}]")
    new = workload("[{name: TOOL_DIRS, value: /b:/a}, {name: WORKFLOW_DIRS, value: /w}, {name: MINE, value: z}]")
    found = diff(old, new)
    assert told(found) == ["Deployment/api, container main: %TOOL_DIRS +WORKFLOW_DIRS -REPOS_PATH"]
    assert only(found).lines == (
        "@@ spec.template.spec.containers[main].env[MINE] @@",
        "           env:",
        "             - name: MINE",
        "-              value: x",
        "+              value: z",
    )
    assert found.restarts == (
        Restart(
            Kind.CHANGED,
            "Deployment api",
            "Deployment api",
            ("variables TOOL_DIRS, WORKFLOW_DIRS, MINE, REPOS_PATH of container main",),
        ),
    )


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("Deployment", "spec: {template: {spec: {containers: [C]}}}"),
        ("StatefulSet", "spec: {template: {spec: {initContainers: [C], containers: []}}}"),
        ("Job", "spec: {template: {spec: {containers: [C]}}}"),
        ("CronJob", "spec: {jobTemplate: {spec: {template: {spec: {containers: [C]}}}}}"),
        ("Pod", "spec: {containers: [C]}"),
        ("PodTemplate", "template: {spec: {containers: [C]}}"),
        ("Rollout", "spec: {template: {spec: {containers: [C]}}}"),
    ],
)
def test_containers_of_every_workload_are_looked_into(kind: str, body: str) -> None:
    head = f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: w}}\n{body}\n"
    old, new = (
        head.replace("C]", f"{{name: c, env: [{{name: TOOL_DIRS, value: {value}}}]}}]") for value in ("/a", "/b")
    )
    found = diff(old, new)
    assert told(found) == [f"{kind}/w, container c: ~TOOL_DIRS"]
    assert found.objects == ()
    assert bool(found.restarts) == (kind in ("Deployment", "StatefulSet"))


def test_a_variable_from_elsewhere_is_told_plainly() -> None:
    old = workload("[{name: TOOL_DIRS, valueFrom: {configMapKeyRef: {name: c, key: k}}}]")
    new = workload("[{name: TOOL_DIRS, value: /a}]")
    found = diff(old, new)
    assert found.variables == ()
    assert "+              value: /a" in only(found).lines


def test_of_a_name_that_stands_twice_the_last_one_counts() -> None:
    old = workload("[{name: REPOS_PATH, value: /a}, {name: REPOS_PATH, value: /b}]")
    found = diff(old, workload("[{name: REPOS_PATH, value: /b}]"))
    assert (found.variables, found.objects) == ((), ())
    assert found.restarts is not None
    assert found.restarts[0].reasons == ("order of the variables of container main",)


def test_a_container_that_was_renamed_is_the_same_one() -> None:
    old, new = (workload(f"[{{name: TOOL_DIRS, value: /{name}}}]", container=name) for name in ("a", "b"))
    found = diff(old, new)
    assert told(found) == ["Deployment/api, container b: ~TOOL_DIRS"]
    assert found.restarts is not None
    assert "name of container b" in found.restarts[0].reasons


def test_the_config_map_of_the_variables_is_told_with_its_reader() -> None:
    old, new = (
        config(f"{{TOOL_DIRS: {path}, OTHER: {path}}}", "p-env") + workload(f"[{{name: TOOL_DIRS, value: {path}}}]")
        for path in ("/a", "/b")
    )
    found = diff(old, new)
    assert told(found) == ["ConfigMap/p-env; Deployment/api, container main: ~TOOL_DIRS"]
    assert [line for line in only(found).lines if line[0] in "-+"] == ["-  OTHER: /a", "+  OTHER: /b"]


# ---- noise -----------------------------------------------------------------------------------------------------------


def test_labels_of_the_chart_are_told_once() -> None:
    old, new = (
        "".join(
            workload(name=f"w{n}", labels=f"{{helm.sh/chart: c-{v}, chart: c-{v}, heritage: H{v}, app: x}}")
            for n in range(9)
        )
        for v in (1, 2)
    )
    found = diff(old, new)
    assert found.objects == ()
    assert found.folded == (
        "9 objects: label helm.sh/chart c-1 → c-2",
        "9 objects: label chart c-1 → c-2",
        "9 objects: label heritage H1 → H2",
    )
    assert found.restarts is not None
    assert {item.reasons for item in found.restarts} == {("label helm.sh/chart, chart, heritage",)}
    assert not found.same


def test_a_label_that_appears_is_told_too_and_a_selector_is_no_noise() -> None:
    found = diff(workload(), workload(labels="{helm.sh/chart: c-1}"))
    assert found.folded == ("Deployment/api: label helm.sh/chart none → c-1",)
    assert not found._replace(restarts=()).same
    assert found.objects == ()
    bare = "apiVersion: v1\nkind: A\nmetadata: {name: a}\n"
    assert diff(bare, bare.replace("a}", "a, labels: {chart: c}}")).objects == ()
    old, new = (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{selector: {{chart: c-{v}}}}}\n" for v in (1, 2)
    )
    assert only(diff(old, new)).lines[-2:] == ("-    chart: c-1", "+    chart: c-2")


def test_checksums_and_the_digest_are_told_once() -> None:
    old, new = (
        config(f'{{overlay-manifest.json: \'{{"digest": "{digest}", "x": 1}}\'}}', "p-manifest")
        + config(f"{{TOOL_DIRS: /a, OVERLAYS_DIGEST: '{digest}'}}", "p-env")
        + workload(
            f"[{{name: OVERLAYS_DIGEST, value: '{digest}'}}]",
            annotations=f"{{agent-overlays.io/digest: '{digest}', checksum/overlay: {digest[-3:]}a}}",
        )
        for digest in DIGESTS
    )
    found = diff(old, new)
    assert (found.objects, found.variables) == ((), ())
    assert found.folded == (
        f"3 objects: digest of the plan (agent-overlays.io/digest, OVERLAYS_DIGEST) {DIGESTS[0]} → {DIGESTS[1]}",
        "Deployment/api: annotation checksum/overlay 000a → 111a",
    )


def test_the_manifest_is_told_by_meaning() -> None:
    old, new = (
        config(f'{{overlay-manifest.json: \'{{"sources": [{{"repo": "a/a", "ref": "{ref}"}}]}}\'}}', "p-manifest")
        for ref in ("v1", "v2")
    )
    found = diff(old, new)
    assert found.objects == ()
    assert told(found) == ["ConfigMap/p-manifest: ~overlay-manifest.json"]
    (sources,) = found.variables[0].changes[0].elements
    assert (sources.element, sources.elements[0].element) == ("sources", "a/a")
    assert sources.elements[0].elements[0][1:4] == ("ref", "v1", "v2")


def test_new_code_of_the_cache_is_one_line() -> None:
    def stream(number: int) -> str:
        volumes = f"      volumes: [{{name: code, configMap: {{name: p-runtime-{number:010}}}}}]\n"
        files = "{" + ", ".join(f"m{n}.py: 'code {n if n else number}'" for n in range(20)) + "}"
        return config(files, f"p-runtime-{number:010}", more="immutable: true\n") + workload(
            spec=volumes, annotations=f"{{agent-overlays.io/runtime: '{number}'}}"
        )

    found = diff(stream(1), stream(2))
    assert found.objects == ()
    assert found.folded == (
        "code of the cache: ConfigMap/p-runtime-0000000001 → ConfigMap/p-runtime-0000000002, 1 of 20 files differ",
    )
    assert found.restarts is not None
    assert found.restarts[0].reasons == ("annotation agent-overlays.io/runtime", "volume code")
    other = diff(config("{a: b}", "p-runtime-0000000001"), config("{a: b}", "p-runtime-0000000002"))
    assert [(item.kind, item.name) for item in other.objects] == [
        (Kind.ADDED, "ConfigMap/p-runtime-0000000002"),
        (Kind.REMOVED, "ConfigMap/p-runtime-0000000001"),
    ]


def test_what_a_secret_holds_is_never_told() -> None:
    note = "kubectl.kubernetes.io/last-applied-configuration"
    old, new = (
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s, annotations: {{{note}: HUSH{v}}}}}\ntype: t{v}\n"
        f"data: {{token: HUSH{v}, same: HUSH}}\nstringData: {{{'a' if v == 1 else 'b'}: HUSH}}\n"
        for v in (1, 2)
    )
    found = diff(old, new)
    assert "HUSH" not in repr(found)
    assert [line for line in only(found).lines if line[0] in "-+"] == [
        "-type: t1",
        "+type: t2",
        '-  token: "(hidden)"',
        '+  token: "(hidden, changed)"',
        '-  a: "(hidden)"',
        '+  b: "(hidden)"',
    ]
    assert "HUSH" not in repr(diff(new, new.replace("data: {token: HUSH2, same: HUSH}", "data: HUSH")))


# ---- objects ---------------------------------------------------------------------------------------------------------


def test_objects_that_come_and_go_are_one_line_each() -> None:
    hook = workload(name="j", hook="{helm.sh/hook: test}")
    found = diff(config("{a: b}", "old"), config("{a: b}", "new") + workload(name="w") + hook)
    assert [(item.kind, item.name, item.lines) for item in found.objects] == [
        (Kind.ADDED, "ConfigMap/new", ()),
        (Kind.ADDED, "Deployment/w", ()),
        (Kind.ADDED, "Deployment/j (hook: test)", ()),
        (Kind.REMOVED, "ConfigMap/old", ()),
    ]
    assert found.restarts == (Restart(Kind.ADDED, None, "Deployment w"),)
    assert found.notes == (
        "no object stands on both sides: names come from the release and fullnameOverride; use the same",
    )


def test_a_side_without_hooks_is_pointed_out() -> None:
    found = diff(config("{}"), config("{}") + workload(kind="Pod", hook="{helm.sh/hook: test}"))
    assert found.notes == (
        "new has hooks and old has none; `helm get manifest` leaves hooks out: compare with `helm template --no-hooks`",
    )


def test_another_kind_of_the_same_workload_is_told_as_such() -> None:
    old, new = (workload("[{name: TOOL_DIRS, value: /a}]", kind=kind) for kind in ("DaemonSet", "Deployment"))
    found = diff(old, new.replace("/a", "/b"))
    assert told(found) == ["Deployment/api, container main: ~TOOL_DIRS"]
    assert only(found).name == "Deployment/api (was DaemonSet)"
    assert [line for line in only(found).lines if line[0] in "-+"] == ["-kind: DaemonSet", "+kind: Deployment"]
    assert found.restarts is not None
    assert found.restarts[0][:3] == (Kind.CHANGED, "DaemonSet api", "Deployment api")
    assert found.restarts[0].reasons[0] == "a Deployment takes the place of the DaemonSet"


def test_a_new_version_of_the_api_is_the_same_object() -> None:
    old = "apiVersion: policy/v1beta1\nkind: P\nmetadata: {name: p}\n"
    assert only(diff(old, old.replace("v1beta1", "v1"))).lines[1:3] == (
        "-apiVersion: policy/v1beta1",
        "+apiVersion: policy/v1",
    )


def test_a_name_space_stands_before_the_kind() -> None:
    old = "apiVersion: v1\nkind: A\nmetadata: {name: p, namespace: prod}\nspec: 1\n"
    assert only(diff(old, old.replace("spec: 1", "spec: 2"))).name == "prod/A/p"


def test_reasons_of_a_restart() -> None:
    old = workload(spec="      volumes: [{name: a}, {name: b}]\n      nodeSelector: {x: y}\n")
    new = workload(
        more="{limits: {}}",
        annotations="{mine: x}",
        spec="      volumes: [{name: b}, {name: a, emptyDir: {}}]\n      initContainers: [{name: i, env: []}]\n"
        "  updateStrategy: {type: OnDelete}\n  selector: {matchLabels: {}}\n",
    )
    found = diff(old, new)
    assert found.restarts is not None
    assert found.restarts[0].reasons == (
        "annotation mine",
        "container i is new",
        "resources of container main",
        "volume a",
        "nodeSelector",
        "selector (which Kubernetes lets nobody change: delete the workload first)",
        "by hand only: the update strategy is OnDelete",
    )
    two = "[{name: A, value: x}, {name: B, value: y}]"
    order = diff(workload(two), workload("[{name: B, value: y}, {name: A, value: x}]"))
    assert order.restarts is not None
    assert order.restarts[0].reasons == ("order of the variables of container main",)
    many = diff(workload(), workload("[" + ", ".join(f"{{name: V{n}, value: x}}" for n in range(40)) + "]"))
    assert many.restarts is not None
    assert many.restarts[0].reasons[0].endswith("V10, V11 and 28 more of container main")


def pod_template(*, image: str = "x", env: str = "[]", hook: str = "{}") -> str:
    return (
        f"---\napiVersion: v1\nkind: PodTemplate\nmetadata: {{name: p-sandbox, annotations: {hook}}}\n"
        f"template:\n  metadata: {{}}\n  spec: {{containers: [{{name: agent, image: {image}, env: {env}}}]}}\n"
    )


def test_a_pod_template_restarts_nothing_and_says_what_new_pods_get() -> None:
    found = diff(
        pod_template(env="[{name: TOOL_DIRS, value: /w/tools}]") + workload(), pod_template(image="y") + workload()
    )
    assert found.restarts == ()
    name = "PodTemplate p-sandbox"
    assert found.templates == (
        Restart(Kind.CHANGED, name, name, ("variables TOOL_DIRS of container agent", "image of container agent")),
    )
    assert told(found) == ["PodTemplate/p-sandbox, container agent: -TOOL_DIRS"]
    assert not found.same


def test_a_pod_template_that_comes_or_goes_restarts_nothing() -> None:
    for old, new, kind in (("", pod_template(), Kind.ADDED), (pod_template(), "", Kind.REMOVED)):
        found = diff(old + workload(), new + workload())
        assert found.restarts == ()
        assert found.templates is not None
        assert [(one.kind, one.reasons) for one in found.templates] == [(kind, ())]


# ---- bounds ----------------------------------------------------------------------------------------------------------


def test_long_differences_are_cut() -> None:
    text = "".join(f"    line {n}\n" for n in range(100_000))
    start = spent()
    every = only(diff(config("\n  text: |\n" + text), config("\n  text: |\n" + text.replace("line", "row"))))
    assert every.lines[:3] == (
        "@@ data.text @@",
        "\\ 100,000 lines became 100,000, too many to compare one by one; the first of each:",
        "-    line 0",
    )
    assert len(every.lines) == 8
    one = only(diff(config("\n  text: |\n" + text), config("\n  text: |\n" + text.replace("line 50000\n", "x\n"))))
    assert [line for line in one.lines if line[0] in "-+"] == ["-    line 50000", "+    x"]
    some = only(
        diff(config("\n  text: |\n" + text[:20_000]), config("\n  text: |\n" + text[:20_000].replace("0\n", "x\n")))
    )
    assert len(some.lines) == MAX_LINES + 1
    assert some.lines[-1].startswith("\\ ")
    assert spent() - start < 20


def test_long_lines_are_cut_and_still_told_apart() -> None:
    found = only(diff(config(f"{{a: {'x' * 5000}}}"), config(f"{{a: {'x' * 4999}y}}")))
    old, new = found.lines[-2:]
    assert len(old) < 200
    assert "(5,005 characters, sha256 " in old
    assert old[1:] != new[1:]


def test_very_many_differences_are_cut() -> None:
    old, new = ("".join(config(f"{{a: {value}}}", f"c{n}") for n in range(3000)) for value in ("x", "y"))
    found = diff(old, new)
    assert len(found.objects) == 3000
    assert sum(len(item.lines) for item in found.objects) < MAX_ALL + 3000
    assert found.objects[-1].lines == ("\\ not shown: the differences before this one are long enough",)


def test_hostile_texts_arrive_whole() -> None:
    # Writers escape them; here nothing may break, or be hidden, by them.
    found = only(diff(config("{a: x}"), config('{a: "\\e[2J\\n```\\n::error::x\\n</details>"}')))
    assert found.lines[-5:] == ("+  a: |-", "+    \x1b[2J", "+    ```", "+    ::error::x", "+    </details>")
