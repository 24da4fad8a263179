"""Every command on every page does what the page says, with either Helm."""

from __future__ import annotations

import pathlib
import re
from typing import Final

import pytest

from tests.docs.blocks import Block, blocks, commands, follow, prose
from tests.support.helm import HELM3, HELM4, HELMS, ROOT, run_helm
from tests.support.internet import Internet

PAGES: Final = sorted(path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "chart" / "README.md"))

# Blocks for the reader's own machine, each with the test that does the same.
ELSEWHERE: Final = {
    "make demo\n": "tests/node/test_demo.py",
    "make test\n": "this run",
    "make demo\nmake test\n": "tests/node/test_demo.py and this run",
    "pip install .\n": "tests/packaging/test_install.py",
    (
        "kubectl get podtemplate prod-agent-overlays-sandbox -o json |\n"
        '  jq \'{apiVersion: "v1", kind: "Pod", metadata: (.template.metadata + {generateName: "agent-"}), '
        "spec: .template.spec}' |\n"
        "  kubectl create -f -\n"
    ): "tests/cluster/test_pages.py",
}
# Pages whose commands need a node that runs, and the test that follows them.
STAGED: Final = {"operations.md": "tests/docs/test_operations.py", "node.md": "tests/docs/test_node_page.py"}
# Pages whose blocks with kubectl need a cluster, and the test that follows those.
IN_CLUSTER: Final = {"sandboxes.md": "tests/cluster/test_sandboxes.py"}
# Pages whose sections have nothing to do with each other: each is followed in a folder of its own.
APART: Final = {"findings.md"}
# Blocks to look at: nothing is done with them. Whatever is a file or a command has a form that is checked.
SHOWN: Final = {"text", "yaml", "json"}


def ids(path: pathlib.Path) -> str:
    return path.relative_to(ROOT).as_posix()


def cases() -> list[tuple[pathlib.Path, pathlib.Path]]:
    """Pages that call Helm are followed once with each."""
    pages = [page for page in PAGES if page.name not in STAGED]
    return [(page, helm) for page in pages for helm in (HELMS if "helm " in page.read_text() else (HELM4,))]


@pytest.mark.parametrize(("page", "helm"), cases(), ids=lambda path: path.name)
def test_a_reader_sees_what_the_page_says(
    page: pathlib.Path, helm: pathlib.Path, hosts: Internet, tmp_path: pathlib.Path
) -> None:
    run_helm(helm, ["version"])  # says in one sentence when it is not there
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "helm").symlink_to(helm.resolve())
    (bin_ / "helm3").symlink_to(HELM3.resolve())
    (bin_ / "helm4").symlink_to(HELM4.resolve())
    environment = {**hosts.environment, "HOME": str(tmp_path)}
    for block in blocks(page.read_text()):
        folder = tmp_path / f"reader-{chapter(page, block)}"
        folder.mkdir(exist_ok=True)
        if block.text not in ELSEWHERE and not (page.name in IN_CLUSTER and "kubectl " in block.text):
            wrong = follow(block, folder, bin_, environment)
            assert not wrong, f"{ids(page)}:{block.line}: {wrong}"


def chapter(page: pathlib.Path, block: Block) -> int:
    """Which of the examples of a page a block belongs to; but for the findings, a page is one example."""
    before = page.read_text().splitlines()[: block.line]
    return sum(line.startswith("### ") for line in before) if page.name in APART else 0


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_block_is_of_a_known_kind(page: pathlib.Path) -> None:
    for block in blocks(page.read_text()):
        kind, _, rest = block.info.partition(" ")
        known = kind in SHOWN if not rest else re.fullmatch(r"title=[a-zA-Z0-9._/-]+", rest)
        assert known or kind in ("sh", "console"), f"{ids(page)}:{block.line}: {block.info!r}"
        assert not rest or known, f"{ids(page)}:{block.line}: {block.info!r}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_link_leads_somewhere(page: pathlib.Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text())):
        assert "://" not in target, target
        name, _, anchor = target.partition("#")
        other = (page.parent / name).resolve() if name else page
        assert other.exists(), f"{ids(page)}: {target}"
        if anchor:
            assert anchor in anchors(other.read_text()), f"{ids(page)}: {target}"


def anchors(text: str) -> set[str]:
    """Names that a link may lead to, made from headings as code hosts make them."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return made | set(re.findall(r'<a id="([^"]+)">', text))


def test_a_wrong_output_is_found(tmp_path: pathlib.Path) -> None:
    right = Block(1, "console", "$ printf 'a\\nb\\n' \\\n> | head -1\na\n$ true\n")
    assert list(commands(right.text)) == [("printf 'a\\nb\\n' \\\n| head -1", "a\n"), ("true", "")]
    assert follow(right, tmp_path, tmp_path) == ""
    assert "it prints" in follow(Block(1, "console", "$ echo a\nb\n"), tmp_path, tmp_path)
    assert "exit status 1" in follow(Block(1, "sh", "false\ntrue\n"), tmp_path, tmp_path)
    assert follow(Block(1, "yaml title=a/b.yaml", "a: 1\n"), tmp_path, tmp_path) == ""
    assert (tmp_path / "a" / "b.yaml").read_text() == "a: 1\n"
