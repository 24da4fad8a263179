"""`overlays explain`: who wins, in the table and as JSON; the precedence cases; what fails the run."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import jsonschema
import pytest

from tests.support.checkouts import List, skill, tool, workflow, write
from tests.support.helm import ROOT
from tests.support.overlays import overlays

ONE, TWO = "1" * 40, "2" * 40
BROKEN = {".agents/skills/pdf/SKILL.md": "no front matter"}


def three(folder: pathlib.Path) -> List:
    """One item on each surface, shadowed or not, served or not."""
    listed = List(
        folder,
        {"repo": "acme/base", "ref": "main", "promptPath": "PROMPT.md"},
        {"repo": "acme/extra", "personasSubdir": "personas", "skillsSubdir": "skills"},
        {"repo": "acme/last", "ref": "v1", "promptPath": "docs/prompt.md"},
    )
    listed.has(
        "acme/base", tool("jira"), skill("pdf"), skill("web"), workflow("daily report"), {"PROMPT.md": ""}, commit=ONE
    )
    write(listed.has("acme/base"), {"tools/README.md": "", "workflows/lib.py": ""})
    write(
        listed.has("acme/extra", tool("jira"), {"tools/README.md": "", "personas/ada.md": ""}),
        {"skills/pdf/SKILL.md": "---\nname: pdf\n---\n"},
    )
    listed.has("acme/last", {".agents/skills/web/SKILL.md": "x"}, {"docs/prompt.md": ""}, tool("jira"), commit=TWO)
    return listed


TABLE = """\
SURFACE           NAME              SOURCE            COMMIT            PATH              SHADOWED
tools             jira              acme/last@v1      222222222222      tools/jira        acme/base@main, acme/extra
workflows         daily report      acme/base@main    111111111111      workflows/one.py  -
skills            pdf               acme/extra        -                 skills/pdf        acme/base@main
skills            web               not served        -                 -                 acme/base@main
    acme/last@v1: .agents/skills/web: SKILL.md does not begin with a line ---
personas          ada               acme/extra        -                 personas/ada.md   -
prompt            acme/base         acme/base@main    111111111111      PROMPT.md         -
prompt            acme/last         acme/last@v1      222222222222      docs/prompt.md    -

Files that are part of no item, in more than one source:
tools/README.md   acme/extra        -         shadows acme/base@main

Consumers do not agree about 2 of 3 shadowed items (overlays.delivery: separate):
tools/jira        API: acme/last@v1, sandboxes: acme/base@main
skills/web        sandboxes: acme/last@v1, broken as it is
"""


def test_the_table(tmp_path: pathlib.Path) -> None:
    ran = three(tmp_path).explain()
    assert ran.stdout.decode() == TABLE
    assert ran.told == (
        "values.yaml:18:17: warning OVL507: nothing is served as 'skills/web': acme/last@v1: .agents/skills/web: "
        "SKILL.md does not begin with a line ---; no older copy takes its place\n"
        "  hint: mend the copy, or remove it from its repository\n"
    )
    assert ran.code == 0


def test_the_json(tmp_path: pathlib.Path) -> None:
    ran = three(tmp_path).explain("--output", "json")
    document = json.loads(ran.stdout)
    assert ran.stdout.isascii()
    assert ran.stdout == (json.dumps(document, indent=2) + "\n").encode()
    schema = json.loads(overlays("schema", "explain").stdout)
    jsonschema.Draft7Validator(schema).validate(document)
    assert list(document) == ["schemaVersion", "items", "loose"]
    items = {(one["surface"], one["name"]): one for one in document["items"]}
    base = {"repo": "acme/base", "ref": "main", "commit": ONE}
    assert items["tools", "jira"] == {
        "surface": "tools",
        "name": "jira",
        "served": True,
        "winner": {"repo": "acme/last", "ref": "v1", "commit": TWO, "path": "tools/jira"},
        "shadowed": [
            {**base, "path": "tools/jira"},
            {"repo": "acme/extra", "ref": "", "commit": None, "path": "tools/jira"},
        ],
        "agree": False,
        "consumers": [
            {
                "consumer": "api",
                "variables": ["TOOL_DIRS"],
                "rule": "the last copy",
                "serves": {"repo": "acme/last", "ref": "v1", "commit": TWO, "path": "tools/jira"},
            },
            {
                "consumer": "sandbox",
                "variables": ["KUBERNETES_TOOLS_REPO", "KUBERNETES_TOOLS_EXTRA_SOURCES"],
                "rule": "the first copy",
                "serves": {**base, "path": "tools/jira"},
            },
        ],
    }
    assert items["skills", "web"] == {
        "surface": "skills",
        "name": "web",
        "served": False,
        "reason": "acme/last@v1: .agents/skills/web: SKILL.md does not begin with a line ---",
        "winner": None,
        "shadowed": [{**base, "path": ".agents/skills/web"}],
        "agree": False,
        "consumers": [
            {
                "consumer": "sandbox",
                "variables": ["CENTAUR_SKILL_DIRS"],
                "rule": "the last copy",
                "serves": {"repo": "acme/last", "ref": "v1", "commit": TWO, "path": ".agents/skills/web"},
            }
        ],
    }
    assert document["loose"] == [
        {
            "surface": "tools",
            "path": "README.md",
            "winner": {"repo": "acme/extra", "ref": "", "commit": None, "path": "tools/README.md"},
            "shadowed": [{**base, "path": "tools/README.md"}],
        }
    ]


def test_without_loose_files_the_json_is_the_items(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, "acme/base")
    listed.has("acme/base", skill("pdf"))
    assert json.loads(listed.explain("--output", "json").stdout) == {
        "schemaVersion": 1,
        "items": [
            {
                "surface": "skills",
                "name": "pdf",
                "served": True,
                "winner": {"repo": "acme/base", "ref": "", "commit": None, "path": ".agents/skills/pdf"},
                "shadowed": [],
            }
        ],
    }


def test_surfaces_have_their_order_and_names_that_of_code_points(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, {"repo": "acme/base", "personasSubdir": "personas"})
    names = ("b", "Z", "é", "a", "\U0001f600", "\uffee")
    listed.has("acme/base", *map(skill, names), tool("z"), workflow("w"), {"personas/a.md": ""})
    found = [key for key in listed.items() if key.startswith("skills/")]
    assert found == [f"skills/{name}" for name in ("Z", "a", "b", "é", "\uffee", "\U0001f600")]
    everything = [*listed.items()]
    assert (everything[0], everything[-1]) == ("tools/z", "personas/a")


def test_the_effective_ref_is_told(tmp_path: pathlib.Path) -> None:
    listed = List(tmp_path, {"repo": "acme/base", "ref": "main"})
    listed.has("acme/base", skill("pdf"))
    assert listed.items("--set", "repoCache.repositoryRefs.acme/base=pinned")["skills/pdf"]["winner"]["ref"] == "pinned"


def test_a_compat_list(tmp_path: pathlib.Path) -> None:
    (tmp_path / "values.yaml").write_text(
        "toolServer: {repo: acme/base, subdir: packages, extraSources: [{repo: acme/extra}]}\n"
    )
    write(tmp_path / "checkouts/acme/base", {"packages/jira/pyproject.toml": ""})
    write(tmp_path / "checkouts/acme/extra", tool("jira"))
    ran = overlays("explain", "-f", "values.yaml", "--checkouts", "checkouts", cwd=tmp_path)
    assert ran.stdout.decode() == (
        "SURFACE   NAME      SOURCE            COMMIT    PATH              SHADOWED\n"
        "tools     jira      acme/extra        -         tools/jira        acme/base\n"
        "\n"
        "Consumers do not agree about the one shadowed item (overlays.delivery: separate):\n"
        "tools/jira        API: acme/extra, sandboxes: acme/base\n"
    )


class TestPrecedence:
    """The cases of docs: sources in the order of the list, the last one wins."""

    @pytest.mark.parametrize("number", [2, 3])
    def test_same_name(self, tmp_path: pathlib.Path, number: int) -> None:
        repos = [f"acme/r{at}" for at in range(number)]
        listed = List(tmp_path, *repos)
        for repo in repos:
            listed.has(repo, skill("pdf"))
        assert listed.winners() == {"skills/pdf": (repos[-1], repos[:-1])}

    @pytest.mark.parametrize(
        "subdirs",
        [("skills", "skills"), ("skills", "linked"), ("linked", "skills"), ("skills", "deep/linked")],
        ids=" ".join,
    )
    def test_the_same_directory_twice(self, tmp_path: pathlib.Path, subdirs: tuple[str, str]) -> None:
        listed = List(tmp_path, *({"repo": "acme/base", "skillsSubdir": subdir, "overrides": []} for subdir in subdirs))
        root = listed.has("acme/base", {"skills/pdf/SKILL.md": "---\nname: pdf\n---\n", "deep/x": ""})
        (root / "linked").symlink_to("skills")
        (root / "deep/linked").symlink_to("../skills")
        assert listed.winners() == {"skills/pdf": ("acme/base", [])}

    @pytest.mark.parametrize("subdirs", [("tools", "tools/group"), ("tools/group", "tools")], ids=" ".join)
    def test_broad_and_narrow(self, tmp_path: pathlib.Path, subdirs: tuple[str, str]) -> None:
        listed = List(tmp_path, *({"repo": "acme/base", "toolsSubdir": subdir, "overrides": []} for subdir in subdirs))
        listed.has("acme/base", {"tools/group/jira/pyproject.toml": ""})
        found = listed.items()
        assert list(found) == ["tools/jira"]
        assert found["tools/jira"]["winner"]["path"] == "tools/group/jira"
        assert found["tools/jira"]["shadowed"] == []

    def test_equal_bytes_in_two_directories(self, tmp_path: pathlib.Path) -> None:
        listed = List(tmp_path, *({"repo": "acme/base", "skillsSubdir": subdir} for subdir in ("a", "b")))
        listed.has("acme/base", *({f"{subdir}/pdf/SKILL.md": "---\nname: pdf\n---\n"} for subdir in ("a", "b")))
        (row,) = listed.items().values()
        assert (row["winner"]["path"], [one["path"] for one in row["shadowed"]]) == ("b/pdf", ["a/pdf"])

    def test_a_disabled_source_in_the_middle(self, tmp_path: pathlib.Path) -> None:
        listed = List(tmp_path, "acme/a", {"repo": "acme/b", "enabled": False}, "acme/c")
        for repo in ("acme/a", "acme/b", "acme/c"):
            listed.has(repo, skill("pdf"), skill(repo[-1]))
        assert listed.winners() == {
            "skills/a": ("acme/a", []),
            "skills/c": ("acme/c", []),
            "skills/pdf": ("acme/c", ["acme/a"]),
        }

    def test_the_last_copy_is_broken(self, tmp_path: pathlib.Path) -> None:
        listed = List(tmp_path, "acme/a", "acme/b")
        listed.has("acme/a", skill("pdf"))
        listed.has("acme/b", BROKEN)
        assert listed.winners() == {"skills/pdf": (None, ["acme/a"])}

    def test_the_first_copy_is_broken(self, tmp_path: pathlib.Path) -> None:
        listed = List(tmp_path, "acme/a", "acme/b")
        listed.has("acme/a", BROKEN)
        listed.has("acme/b", skill("pdf"))
        assert listed.winners() == {"skills/pdf": ("acme/b", ["acme/a"])}
        ran = listed.explain("--fail-on", "invalid")
        assert (ran.code, "warning OVL509: 'skills/pdf' of 'acme/a' cannot be served" in ran.told) == (0, True)

    def test_a_name_that_is_not_the_directory_never_wins(self, tmp_path: pathlib.Path) -> None:
        listed = List(tmp_path, "acme/a")
        listed.has("acme/a", skill("pdf"), {".agents/skills/copy/SKILL.md": "---\nname: pdf\n---\n"})
        assert listed.winners() == {"skills/copy": (None, []), "skills/pdf": ("acme/a", [])}

    def test_permuted_sources(self, tmp_path: pathlib.Path) -> None:
        for repos in (("acme/a", "acme/b", "acme/c"), ("acme/c", "acme/a", "acme/b")):
            listed = List(tmp_path, *repos)
            for repo in repos:
                listed.has(repo, skill("pdf"), skill(repo[-1]))
            assert listed.winners() == {
                **{f"skills/{name}": (f"acme/{name}", []) for name in "abc"},
                "skills/pdf": (repos[-1], list(repos[:-1])),
            }

    def test_a_surface_that_is_off(self, tmp_path: pathlib.Path) -> None:
        listed = List(tmp_path, "acme/a", {"repo": "acme/b", "skillsSubdir": ""})
        for repo in ("acme/a", "acme/b"):
            listed.has(repo, skill("pdf"))
        assert listed.winners() == {"skills/pdf": ("acme/a", [])}

    def test_a_later_source_needs_the_path(self, tmp_path: pathlib.Path) -> None:
        listed = List(tmp_path, "acme/a", {"repo": "acme/b", "ref": "dev"})
        listed.has("acme/a", workflow("old"))
        listed.has("acme/b", workflow("new"))
        found = listed.items()
        assert found["workflows/old"]["reason"] == "acme/a: workflows/one.py: acme/b@dev needs the path one.py"
        assert found["workflows/new"]["served"] is True


def two(folder: pathlib.Path, *overrides: Any) -> List:
    """acme/b, with these overrides if any are given, shadows skills/pdf and skills/web of acme/a."""
    extra: dict[str, Any] = {"repo": "acme/b"}
    if overrides:
        extra["overrides"] = overrides[0]
    listed = List(folder, "acme/a", extra)
    for repo in ("acme/a", "acme/b"):
        listed.has(repo, skill("pdf"), skill("web"))
    listed.has("acme/b", skill("own"))
    return listed


class TestFailing:
    def codes(self, told: str) -> list[str]:
        return [f"{line.split(' ')[1]} {line.split(' ')[2][:-1]}" for line in told.splitlines() if "OVL" in line]

    def test_shadowing_fails_nothing_by_itself(self, tmp_path: pathlib.Path) -> None:
        ran = two(tmp_path).explain()
        assert (ran.code, ran.told) == (0, "")

    def test_undeclared(self, tmp_path: pathlib.Path) -> None:
        ran = two(tmp_path, ["skills/pdf"]).explain()
        assert ran.told == (
            "values.yaml:11:17: error OVL505: 'skills/web' of 'acme/b' shadows that of 'acme/a': its overrides do not "
            "list it, so it must not shadow it\n"
            "  hint: rename one of them; if it is meant, add 'skills/web' to the overrides of the source\n"
        )
        assert ran.code == 1
        assert b"acme/b" in ran.stdout

    def test_all_declared(self, tmp_path: pathlib.Path) -> None:
        ran = two(tmp_path, ["skills/web", "skills/pdf"]).explain("--fail-on", "undeclared", "--fail-on", "shadowing")
        assert (ran.code, ran.told) == (0, "")

    def test_an_empty_list_declares_that_nothing_is_shadowed(self, tmp_path: pathlib.Path) -> None:
        ran = two(tmp_path, []).explain()
        assert (ran.code, self.codes(ran.told)) == (1, ["error OVL505"] * 2)

    def test_a_copy_that_is_shadowed_itself_must_declare_too(self, tmp_path: pathlib.Path) -> None:
        listed = List(tmp_path, "acme/a", {"repo": "acme/b", "overrides": []}, "acme/c")
        for repo in ("acme/a", "acme/b", "acme/c"):
            listed.has(repo, skill("pdf"))
        ran = listed.explain()
        assert (ran.code, self.codes(ran.told)) == (1, ["error OVL505"])
        assert "'skills/pdf' of 'acme/b' shadows that of 'acme/a'" in ran.told

    def test_stale(self, tmp_path: pathlib.Path) -> None:
        ran = two(tmp_path, ["skills/pdf", "skills/web", "skills/own", "tools/none"]).explain("--fail-on", "shadowing")
        assert ran.told == (
            "values.yaml:15:11: warning OVL508: the override 'skills/own' shadows nothing: no earlier source has it\n"
            "  hint: remove it from the list, or correct its name\n"
            "values.yaml:16:11: warning OVL508: the override 'tools/none' shadows nothing: 'acme/b' has no such item\n"
            "  hint: remove it from the list, or correct its name\n"
        )
        assert ran.code == 0

    def test_an_override_of_a_loose_file_is_not_stale(self, tmp_path: pathlib.Path) -> None:
        listed = List(tmp_path, "acme/a", {"repo": "acme/b", "overrides": ["tools/lib/x.py"]})
        for repo in ("acme/a", "acme/b"):
            listed.has(repo, {"tools/lib/x.py": ""})
        ran = listed.explain()
        assert (ran.code, ran.told) == (0, "")

    def test_shadowing(self, tmp_path: pathlib.Path) -> None:
        ran = two(tmp_path).explain("--fail-on", "shadowing")
        assert (ran.code, self.codes(ran.told)) == (1, ["error OVL506"] * 2)

    def test_other_choices_replace_the_default(self, tmp_path: pathlib.Path) -> None:
        ran = two(tmp_path, ["skills/pdf"]).explain("--fail-on", "invalid")
        assert (ran.code, self.codes(ran.told)) == (0, ["warning OVL505"])

    @pytest.mark.parametrize("fail_on", ["shadowing", "undeclared", "invalid"])
    def test_broken_content(self, tmp_path: pathlib.Path, fail_on: str) -> None:
        listed = List(tmp_path, {"repo": "acme/a", "toolsSubdir": "missing"})
        root = listed.has("acme/a", BROKEN, {"workflows/x.py": "WORKFLOW_NAME = f()\n"})
        (root / "workflows/out").symlink_to("/etc")
        ran = listed.explain("--fail-on", fail_on)
        severity = "error" if fail_on == "invalid" else "warning"
        wanted = [f"{severity} OVL507", f"{severity} OVL510", f"{severity} OVL510", "warning OVL511"]
        assert (ran.code, self.codes(ran.told)) == (int(fail_on == "invalid"), wanted)

    def test_many_remarks_are_cut(self, tmp_path: pathlib.Path) -> None:
        listed = List(tmp_path, "acme/a")
        root = listed.has("acme/a", {"tools/x": ""})
        for at in range(50):
            (root / f"tools/link-{at:02}").symlink_to("/etc")
        ran = listed.explain()
        assert self.codes(ran.told) == ["warning OVL510"] * 21
        assert "'30 more paths' of 'acme/a'" in ran.told


class TestFiles:
    def test_check(self, tmp_path: pathlib.Path) -> None:
        listed = three(tmp_path)
        assert (listed.explain("-o", "winners.txt").code, (tmp_path / "winners.txt").read_text()) == (0, TABLE)
        same = listed.explain("--check", "winners.txt")
        assert (same.code, same.stdout) == (0, b"")
        listed.has("acme/last", skill("pdf"))
        ran = listed.explain("--check", "winners.txt")
        assert (ran.code, ran.stdout) == (2, b"")
        cells = ("skills", "pdf", "acme/extra", "-", "skills/pdf")
        assert "\n-" + "  ".join(cell.ljust(16) for cell in cells) + "  acme/base@main\n" in ran.told
        assert "\n+skills            pdf               acme/last@v1" in ran.told

    def test_check_reads_standard_input_and_json(self, tmp_path: pathlib.Path) -> None:
        listed = three(tmp_path)
        document = listed.explain("--output", "json").stdout
        assert listed.explain("--output", "json", "--check", "-", stdin=document).code == 0
        assert listed.explain("--output", "json", "--check", "-", stdin=document + b"\n").code == 2

    def test_an_error_beats_drift(self, tmp_path: pathlib.Path) -> None:
        ran = two(tmp_path, []).explain("--check", os.devnull)
        assert (ran.code, "+SURFACE" in ran.told) == (1, True)

    def test_a_long_name_moves_no_other(self, tmp_path: pathlib.Path) -> None:
        listed = List(tmp_path, "acme/a")
        listed.has("acme/a", skill("pdf"))
        before = listed.explain().stdout.splitlines()
        listed.has("acme/a", skill("x" * 200))
        assert set(before) - set(listed.explain().stdout.splitlines()) == set()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--diff",), "--diff needs SURFACE/NAME, and the text format"),
        (("skills/pdf", "--diff", "--output", "json"), "--diff needs SURFACE/NAME, and the text format"),
        (("-o", "x", "--check", "x"), "-o and --check exclude each other: one writes the file, the other compares it"),
        (("-o", ""), "-o and --check need the name of a file"),
        (("--fail-on", "stale"), "'stale' is not one of"),
        (("--cache-dir", "x"), "with --checkouts nothing is fetched: no --cache-dir, --lock-file or --token-file"),
        (("--lock-file", ""), "--checkouts, --cache-dir and --lock-file need a name"),
    ],
)
def test_usage(tmp_path: pathlib.Path, arguments: tuple[str, ...], words: str) -> None:
    ran = List(tmp_path, "acme/a").explain(*arguments)
    assert (ran.code, ran.stdout) == (64, b"")
    assert words in ran.told


def test_values_that_are_wrong_are_not_looked_at(tmp_path: pathlib.Path) -> None:
    ran = List(tmp_path, {"repo": "acme"}).explain()
    assert (ran.code, ran.stdout) == (1, b"")
    assert "error OVL115" in ran.told


def test_an_empty_plan(tmp_path: pathlib.Path) -> None:
    ran = List(tmp_path, {"repo": "acme/a", "enabled": False}).explain()
    assert (ran.code, ran.stdout) == (0, b"SURFACE   NAME      SOURCE    COMMIT    PATH      SHADOWED\n")


def test_the_schema_is_a_schema() -> None:
    schema = json.loads((ROOT / "schemas/explain.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)


def test_no_name_that_is_a_secret_is_printed(tmp_path: pathlib.Path) -> None:
    token = "gh" + "p_" + "x1Yz2Wv3Ut4Sr5Qp6On7Ml8Kj9Ih0Gf1Ed2C"
    listed = List(tmp_path, "acme/base")
    listed.has("acme/base", {".agents/skills/pdf/SKILL.md": f"---\nname: {token}\ndescription: x\n---\n"})
    given = ("-f", "values.yaml", "--checkouts", "checkouts")
    runs = [
        listed.explain(),
        listed.explain("--output", "json"),
        listed.explain("skills/pdf"),
        listed.report(),
        listed.report("--output", "json"),
        *(overlays(*command, *given, cwd=tmp_path) for command in (("lint",), ("validate",), ("catalog",))),
        overlays("render", "skills", *given, "--consumer", "cao", cwd=tmp_path),
    ]
    for at, ran in enumerate(runs):
        said = ran.stdout.decode() + ran.told
        assert token[:12] not in said, said
        assert at in (4, 6, 7) or "[secret]" in said, (at, said)
