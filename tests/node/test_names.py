from __future__ import annotations

import pytest

from overlays_node.names import LARGEST, WorkflowNameError, skill_problem, workflow_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('WORKFLOW_NAME = "daily"', "daily"),
        ("WORKFLOW_NAME='daily'", "daily"),
        ('WORKFLOW_NAME: str = "daily"  # every day', "daily"),
        ('WORKFLOW_NAME: Final[str]="d"', "d"),
        ('import os\nWORKFLOW_NAME = "a"\nWORKFLOW_NAME = "b"\n', "a"),
        ('\ufeffWORKFLOW_NAME = "bom"', "bom"),
        ('x = 1\r\nWORKFLOW_NAME = "crlf"\r\n', "crlf"),
        ('x = 1\rWORKFLOW_NAME = "cr"\r', "cr"),
        ('WORKFLOW_NAME = "téléphone"', "téléphone"),
        ('WORKFLOW_NAME = "it\'s"', "it's"),
        ('WORKFLOW_NAME = "a#b" # c', "a#b"),
        ('"""doc\nWORKFLOW_NAME = "inside"\n"""\nWORKFLOW_NAME = "outside"', "outside"),
        ("'''\nWORKFLOW_NAME = f()\n'''\nWORKFLOW_NAME = 'outside'", "outside"),
        ("x = 'it\\'s \"\"\"'\nWORKFLOW_NAME = 'n'", "n"),
        ("# don't \"\"\"\nWORKFLOW_NAME = 'n'", "n"),
        ('x = """ \\""" still """\nWORKFLOW_NAME = "n"', "n"),
        ("x = 'unterminated\nWORKFLOW_NAME = 'n'", "n"),
        ("x = 'one \\\nWORKFLOW_NAME = f()\\\n'\nWORKFLOW_NAME = 'n'", "n"),
        ('x = """one line"""; y = "z"\nWORKFLOW_NAME = "n"', "n"),
        ('    WORKFLOW_NAME = "indented"', None),
        ('WORKFLOW_NAMES = "other"', None),
        ('MY_WORKFLOW_NAME = "other"', None),
        ("", None),
        ('"""\nWORKFLOW_NAME = "never closed"', None),
    ],
)
def test_workflow_name(text: str, name: str | None) -> None:
    assert workflow_name(text.encode()) == name


@pytest.mark.parametrize(
    "line",
    [
        "WORKFLOW_NAME = compute()",
        "WORKFLOW_NAME: str",
        'WORKFLOW_NAME = f"x"',
        'WORKFLOW_NAME = r"x"',
        'WORKFLOW_NAME = "a" "b"',
        'WORKFLOW_NAME = "a" + "b"',
        'WORKFLOW_NAME = """a"""',
        'WORKFLOW_NAME = ("a")',
        'WORKFLOW_NAME = "a\\n"',
        'WORKFLOW_NAME = ""',
        'WORKFLOW_NAME = "a";',
        'WORKFLOW_NAME := "a"',
        'WORKFLOW_NAME == "a"',
        'WORKFLOW_NAME += "a"',
        "WORKFLOW_NAME = 'a\tb'",
        "WORKFLOW_NAME",
        'WORKFLOW_NAME = "a"\nWORKFLOW_NAME = other',
    ],
)
def test_any_other_workflow_name_line_is_an_error(line: str) -> None:
    with pytest.raises(WorkflowNameError, match=r"line [12]:"):
        workflow_name(line.encode())


def test_a_workflow_name_that_is_not_utf8_is_an_error() -> None:
    with pytest.raises(WorkflowNameError, match="UTF-8"):
        workflow_name(b'WORKFLOW_NAME = "\xff"')


@pytest.mark.parametrize(
    "text",
    [
        "---\nname: pdf\n---\n",
        "---\nname: pdf\n---",
        "---\nname: 'pdf'\ndescription: d\n---\nname: other\n",
        '---\nname:   "pdf"  # the tool\n---\n',
        "---\nname: pdf # the tool\n---\n",
        "---\nname: pdf \t # the # tool's\n---\n",
        "---\nname: \t'pdf'\t#\n---\n",
        "---\r\nname: pdf\r\n---\r\nbody\r\n",
        "---\nmetadata:\n  name: other\nname: pdf\n---\n",
    ],
)
def test_servable_skill(text: str) -> None:
    assert skill_problem(text.encode(), "pdf") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "begin"),
        ("name: pdf\n", "begin"),
        ("\n---\nname: pdf\n---\n", "begin"),
        ("\ufeff---\nname: pdf\n---\n", "begin"),
        ("----\nname: pdf\n----\n", "begin"),
        ("---\nname: pdf\n", "closing"),
        ("---\nname: pdf\n...\n", "closing"),
        ("---\rname: pdf\r---\r", "begin"),
        ("---\n---\nname: pdf\n", "0 lines"),
        ("---\nname: pdf\nname: pdf\n---\n", "2 lines"),
        ("---\nName: pdf\n---\n", "0 lines"),
        ("---\nname: PDF\n---\n", "'PDF'"),
        ("---\nname:\n---\n", "''"),
        ("---\nname: 'pdf\"\n---\n", "directory is 'pdf'"),
        ("---\nname: 'pdf'# x\n---\n", "name \"'pdf'# x\""),
        ("---\nname: 'pdf' x # y\n---\n", "name \"'pdf' x\""),
        ("---\nname: pdf#x\n---\n", "'pdf#x'"),
        ("---\nname: '\t# pdf\n---\n", 'name "\'"'),
        ("---\nname: # pdf\n---\n", "'# pdf'"),
    ],
)
def test_unservable_skill(text: str, words: str) -> None:
    assert words in (skill_problem(text.encode(), "pdf") or "")


def test_skill_of_other_bytes_or_size() -> None:
    good = b"---\nname: pdf\n---\n"
    assert "UTF-8" in (skill_problem(good + b"\xff", "pdf") or "")
    assert skill_problem(good.ljust(LARGEST), "pdf") is None
    assert "1 MiB" in (skill_problem(good.ljust(LARGEST + 1), "pdf") or "")
