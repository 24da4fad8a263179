"""`overlays report`: the bytes of the page, what it is written to, and the exit statuses."""

from __future__ import annotations

import base64
import hashlib
import html
import pathlib
import re

import pytest

from tests.support import pages
from tests.support.checkouts import List
from tests.support.overlays import overlays


@pytest.fixture
def listed(tmp_path: pathlib.Path) -> List:
    """A list with one of everything."""
    return pages.small(tmp_path)


def words(page: bytes) -> str:
    """The text of a page, without markup, style and script."""
    text = re.sub("<(style|script)>.*?</\\1>", "", page.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", text)))


def test_the_page_tells_what_explain_and_render_tell(listed: List) -> None:
    ran = listed.report()
    text = words(ran.stdout)
    assert ran.stdout.startswith(b"<!DOCTYPE html>\n")
    assert "Overlays of agent-overlays values.yaml ; release agent-overlays Digest sha256:" in text
    assert "3 in 3 repositories" in text
    assert "7 served, 1 not served" in text
    assert "4 copies shadowed" in text
    assert "0 errors, 2 warnings" in text
    assert "separate consumers read the directories of every source" in text
    assert (
        "skills pdf acme/extra skills/pdf acme/base@main 111111111111 .agents/skills/pdf served shadowing declared"
        in text
    )
    assert (
        "skills web nobody; last is acme/last@v1 222222222222 .agents/skills/web acme/base@main 111111111111 "
        "not served acme/last@v1: .agents/skills/web: SKILL.md does not begin with a line --- shadowing not declared"
    ) in text
    assert "tools README.md acme/extra acme/base@main 111111111111" in text
    assert ran.stdout.decode().count("2" * 40) == 2  # in the title and for the copy button of the source
    for name in ("TOOL_DIRS", "REPOSITORIES", "CENTAUR_SKILL_DIRS", "OVERLAYS_DIGEST"):
        assert name in text
    assert "Changes" not in text


def test_findings_are_on_the_page_and_on_standard_error(listed: List) -> None:
    ran = listed.report()
    assert ran.code == 0
    told = listed.explain("--fail-on", "invalid").told.replace("error OVL507", "warning OVL507")
    assert ran.told == told.replace("error OVL505", "warning OVL505")
    text = words(ran.stdout)
    for line in ran.told.splitlines():
        if line.startswith("values.yaml:"):
            place, severity, code, rest = re.split(": | ", line, maxsplit=3)
            assert f"{severity} {code} {place} {rest}" in text


@pytest.mark.parametrize(
    ("flags", "code", "errors"),
    [
        ([], 0, 0),
        (["--fail-on", "undeclared"], 1, 1),
        (["--fail-on", "invalid"], 1, 1),
        (["--fail-on", "shadowing"], 1, 3),
        (["--fail-on", "undeclared", "--fail-on", "invalid"], 1, 2),
    ],
)
def test_content_fails_it_only_when_asked_for_and_after_the_page_is_written(
    listed: List, flags: list[str], code: int, errors: int
) -> None:
    ran = listed.report(*flags, "-o", "report.html")
    assert ran.code == code
    assert ran.stdout == b""
    assert ran.told.count(": error OVL") == errors
    told = words((listed.folder / "report.html").read_bytes())
    assert f"Findings {errors} error{'' if errors == 1 else 's'}," in told.replace(" ,", ",")


def test_an_error_of_the_values_makes_no_page(listed: List) -> None:
    pages.change(listed, lambda values: values["overlays"]["sources"][0].update(repo="no slash"))
    ran = listed.report("-o", "report.html")
    assert ran.code == 1
    assert "error OVL" in ran.told
    assert not (listed.folder / "report.html").exists()


def test_a_missing_checkout_makes_no_page(listed: List) -> None:
    (listed.folder / "checkouts" / "acme" / "last").rename(listed.folder / "gone")
    ran = listed.report()
    assert (ran.code, ran.stdout) == (1, b"")
    assert "error OVL501: there is no checkout of 'acme/last'" in ran.told


def test_the_same_input_gives_the_same_bytes(tmp_path: pathlib.Path) -> None:
    found: set[bytes] = set()
    for name, environment in (
        ("one", {"PYTHONHASHSEED": "0", "LC_ALL": "C"}),
        ("two", {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "COLUMNS": "20"}),
    ):
        folder = tmp_path / name / ("deep" * len(found))
        folder.mkdir(parents=True)
        found.add(pages.hostile(folder).report(env=environment).stdout)
    assert len(found) == 1
    assert str(tmp_path).encode() not in found.pop()


def test_the_past_is_told_as_diff_tells_it(tmp_path: pathlib.Path) -> None:
    listed = pages.committed(pages.small(tmp_path))
    ran = listed.report("--base", "HEAD")
    text = words(ran.stdout)
    told = overlays("diff", "--base", "HEAD", "-f", "values.yaml", cwd=listed.folder).stdout.decode()
    assert "ref moved: v1 → v2" in text
    _, *sections = told.split("\n\n")
    assert "From values.yaml at HEAD to values.yaml . The digest was sha256:" in text
    assert len(sections) >= 3
    for section in sections:
        title, *lines = section.rstrip("\n").split("\n")
        name, _, summary = title.partition(": ")
        assert f"{name.capitalize()} {summary}" in text
        for line in lines:
            assert re.sub(r"\s+", " ", line.strip().lstrip("+-~% ")) in text


def test_no_change_since_then_is_told_too(tmp_path: pathlib.Path) -> None:
    listed = pages.committed(pages.small(tmp_path))
    pages.change(listed, lambda values: values["overlays"]["sources"][-1].update(ref="v1"))
    text = words(listed.report("--base", "HEAD").stdout)
    assert "No change. Both give sha256:" in text
    assert "digest is the same" not in text


def test_standard_input_is_read_once_with_a_base(tmp_path: pathlib.Path) -> None:
    listed = pages.committed(pages.small(tmp_path))
    ran = listed.report("--base", "HEAD", "--set-file", "apiRs.extraEnv.NOTE=-", stdin=b"read once")
    assert ran.code == 0, ran.told
    assert "NOTE read once" in words(ran.stdout)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "a.html", "--check", "b.html"], "-o and --check exclude each other"),
        (["-o", ""], "-o and --check need the name of a file"),
        (["--base", ""], "--base needs a revision"),
        (["--base", "HEAD", "-f", "-"], "has no past"),
    ],
)
def test_wrong_usage(listed: List, arguments: list[str], said: str) -> None:
    ran = listed.report(*arguments)
    assert ran.code == 64
    assert said in ran.told


def test_an_unknown_base_is_an_error(tmp_path: pathlib.Path) -> None:
    ran = pages.committed(pages.small(tmp_path)).report("--base", "nowhere")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "nowhere" in ran.told


def test_check_compares_and_says_what_differs(listed: List) -> None:
    assert listed.report("-o", "report.html").code == 0
    file = listed.folder / "report.html"
    before = file.stat().st_mtime_ns
    assert listed.report("-o", "report.html").code == 0
    assert file.stat().st_mtime_ns == before
    assert listed.report("--check", "report.html").code == 0
    listed.has("acme/extra", {"personas/bob.md": ""})
    ran = listed.report("--check", "report.html")
    assert (ran.code, ran.stdout) == (2, b"")
    assert "+<tr" in ran.told
    assert "bob" in ran.told
    assert listed.report("--check", "report.html", "--fail-on", "invalid").code == 1
    assert listed.report("-o", "nowhere/report.html").code == 1


def test_merged_delivery_is_named(listed: List) -> None:
    pages.change(listed, lambda values: values["overlays"].update(delivery="merged"))
    assert "merged one directory of the winners for each surface" in words(listed.report().stdout)
    off = words(listed.report("--set", "repoCache.enabled=false").stdout)
    assert "merged is stated, and has no effect: there is no cache, or no source" in off
    assert "Repository cache The cache on every node, or on the shared volume. Not rendered." in off


def test_an_empty_list_has_a_page(tmp_path: pathlib.Path) -> None:
    ran = List(tmp_path).report()
    assert ran.code == 0, ran.told
    assert "The list has no sources." in words(ran.stdout)
    check_links(ran.stdout)


def check_links(page: bytes) -> None:
    """All links lead to places on the page."""
    links = set(re.findall('href="#([^"]*)"', page.decode()))
    assert {"findings", "layers", "items", "variables"} <= links
    assert links <= set(re.findall('id="([^"]*)"', page.decode()))


def test_all_links_lead_somewhere(tmp_path: pathlib.Path) -> None:
    check_links(pages.committed(pages.small(tmp_path)).report("--base", "HEAD").stdout)


def title(page: bytes) -> str:
    """What stands in the title of the window."""
    (found,) = re.findall("<title>([^<]*)</title>\n<style>", page.decode())
    return html.unescape(found)


def test_the_page_says_what_it_is_a_report_of(listed: List) -> None:
    more = listed.folder / "more & other.yaml"
    more.write_text("{}\n")
    flags = ("-f", more.name, "--release", "prod", "--set", "repoCache.jobs=2", "--set-string", "nameOverride=x")
    page = listed.report(*flags).stdout
    assert title(page) == "Overlays of prod-x: values.yaml, more & other.yaml, release prod"
    head = words(page).partition(" Digest ")[0]
    assert head.endswith("Overlays of prod-x values.yaml , more & other.yaml and 2 flags like --set ; release prod")
    both = listed.report("-f", '"more & other.yaml",values.yaml').stdout
    assert "values.yaml, more & other.yaml, values.yaml, release" in title(both)


def test_standard_input_and_no_file_at_all_have_a_name(listed: List) -> None:
    values = (listed.folder / "values.yaml").read_bytes()
    given = ("report", "--checkouts", "checkouts")
    page = overlays(*given, "-f", "-", cwd=listed.folder, stdin=values).stdout
    assert title(page) == "Overlays of agent-overlays: standard input, release agent-overlays"
    page = overlays(*given, "--set", "toolServer.enabled=false", cwd=listed.folder).stdout
    assert title(page) == "Overlays of agent-overlays: the defaults of the chart, release agent-overlays"
    assert "the defaults of the chart and 1 flag like --set ; release agent-overlays" in words(page)


def test_a_directory_that_is_no_checkout_has_no_known_commit(listed: List) -> None:
    text = words(listed.report().stdout)
    assert "acme/extra default branch commit unknown private" in text
    assert "no checkout" not in text


def test_the_policy_allows_the_style_and_the_scripts_of_the_page_alone(listed: List) -> None:
    page = listed.report().stdout.decode()
    (policy,) = map(html.unescape, re.findall('Content-Security-Policy" content="([^"]*)"', page))
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for _, text in re.findall("<(style|script)>(.*?)</\\1>", page, re.DOTALL)
    ]
    style, *scripts = hashes
    assert policy == (
        f"default-src 'none'; style-src {style}; script-src {' '.join(scripts)}; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(
        r'<(link|img|iframe|object|embed|base)\b| on[a-z]+=| style="|\bsrc=|href="(?!#)|@import|url\((?!#)', page
    )


def test_hostile_names_are_escaped(tmp_path: pathlib.Path) -> None:
    page = pages.hostile(tmp_path).report().stdout.decode()
    assert not [name for name in pages.HOSTILE if re.search("[<\u202e\n]", name) and name in page]
    assert "{{ 7 * 7 }}{% raw %}" in page
    assert "&lt;img src=x onerror=pwned()&gt;" in page
    assert "a\\u202eb\\u2066c\\u061cd\\u200be" in page
    assert "\\xff" in page
