"""What the front matter of a served skill gives to catalogs, as CAO's readers take it."""

from __future__ import annotations

import time
from typing import Final

import pytest

from overlays.content.skill.described import described
from overlays.model.sight import Front


@pytest.mark.parametrize(
    ("front", "description"),
    [
        ("name: pdf\ndescription: Reads.", "Reads."),
        ("name: pdf\ndescription: a # b", "a"),
        ("name: pdf\ndescription: a --- b", "a --- b"),
        ("name: pdf\ndescription: >\n  Reads\n  it.", "Reads it.\n"),
        ("name: pdf\ndescription: |\n  Reads.\n\n  It.", "Reads.\n\nIt.\n"),
        ("name: pdf\ndescription: 'one'\ndescription: two", "two"),
        ("name: pdf\nother: &a Reads.\ndescription: *a", "Reads."),
        ("name: pdf\ndescription: !!str 3", "3"),
        ("name: pdf\n<<: {description: Reads.}", "Reads."),
        ("<<: [{name: pdf, description: one}, {name: b}]\ndescription: two", "two"),
        ("name: pdf\ndescription: two\nother: &a {<<: *a, b: *a}", "two"),
        ("name: pdf\ndescription: a\nother: 2024-01-01\nmore: !!set {b, c}", "a"),
        ("name: pdf\ndescription: --- x", "--- x"),
        ("name: pdf\ndescription: 1e3", "1e3"),
        ("name: pdf\ndescription: 0o17", "0o17"),
        ('name: pdf\ndescription: "caf\\u00e9"', "café"),
        ("name: 'pdf'\ndescription: Reads.\nmetadata: {a: b}", "Reads."),
    ],
)
def test_a_text(front: str, description: str) -> None:
    assert described(f"---\n{front}\n---\nBody.\n".encode(), "pdf") == Front(description)


@pytest.mark.parametrize(
    ("front", "want"),
    [
        ("name: pdf\ndescription: 3", Front("3", "its description is a number, no text")),
        ("name: pdf\ndescription: yes", Front("yes", "its description is a boolean, no text")),
        ("name: pdf\ndescription: 1:30", Front("1:30", "its description is a number, no text")),
        ("name: pdf\ndescription: 2024-01-31", Front("2024-01-31", "its description is a date, no text")),
        ("name: pdf\ndescription: =", Front("=", "its front matter cannot be read")),
        ("name: pdf\ndescription: !!binary aGk=", Front("aGk=", "its description is something else, no text")),
        ("name: pdf\ndescription:", Front(None, "its description is null, no text")),
        ("name: pdf\ndescription: {a: b}", Front(None, "its description is a map")),
        ("name: pdf\ndescription: '  '", Front("  ", "its description is empty")),
        ("name: pdf", Front(None, "it has no description")),
        ("name: pdf\n<<: {other: a}", Front(None, "it has no description")),
        ("name: pdf\ndescription: ! 5", Front("5", "its description is a number, no text")),
        ("- name: pdf", Front(None, "its front matter is no map of fields")),
        ("name: pdf\ndescription: a: b", Front(None, "its front matter cannot be read")),
        ("name: pdf\ndescription: !!python/name:os.system a", Front("a", "its front matter cannot be read")),
        ("name: pdf\ndescription: \x07", Front(None, "its front matter cannot be read")),
        ("name: 123\ndescription: Reads.", Front("Reads.", "", "its name is a number, no text")),
        ('name: "pd\\x66"\ndescription: Reads.', Front("Reads.")),
        ("name: pdf2\ndescription: Reads.", Front("Reads.", "", "its name is another one once YAML has read it")),
        ("description: Reads.", Front("Reads.", "", "it has no name")),
    ],
)
def test_what_is_left_out(front: str, want: Front) -> None:
    assert described(f"---\n{front}\n---\nBody.\n".encode(), "pdf") == want


@pytest.mark.parametrize(
    "field",
    [
        "[a]: b",
        "{a: b}: c",
        "5: b",
        "yes: b",
        "content: b",
        "self: b",
        "<<: 5",
        "other: *nowhere",
        "other: 2024-13-45",
        "other: !!int 'a:b'",
        "other: !!int ''",
        "other: !!bool nope",
        f"other: {'9' * 5000}",
        f"other: {'1:' * 400}1.5",
        "--- x",
        "...\nother: b",
    ],
    ids=lambda field: field[:20],
)
def test_what_pyyaml_or_what_is_above_it_refuses(field: str) -> None:
    found = described(f"---\nname: pdf\ndescription: Reads.\n{field}\n---\nBody.\n".encode(), "pdf")
    assert (found.flaw, found.name_flaw) == ("its front matter cannot be read", "")


LARGE: Final = {
    "64 KiB": ("license: " + "a" * 70_000, ""),
    "a megabyte of description": ("description: " + "x" * 1_000_000, ""),
    "a number of base 60": ("other: " + "1:" * 480_000 + "1", ""),
    "keys of one hash": ("other:\n" + "".join(f"  {(2**61 - 1) * at}: a\n" for at in range(1, 30_000)), ""),
    "aliases": (
        "a0: &a0 x\n" + "".join(f"a{at}: &a{at} [*a{at - 1}, *a{at - 1}]\n" for at in range(1, 20_000)),
        "",
    ),
    "merges": (
        "a0: &a0 {b: c}\n" + "".join(f"a{at}: &a{at} {{<<: [*a{at - 1}, *a{at - 1}]}}\n" for at in range(1, 200)),
        "its front matter cannot be read",
    ),
    "levels in brackets": ("other: " + "[" * 400_000 + "]" * 400_000, "its front matter cannot be read"),
    "levels in lines": ("other:\n  " + "- " * 400_000 + "a", "its front matter cannot be read"),
    "levels of keys": ("other:\n  " + "? " * 400_000 + "a", "its front matter cannot be read"),
    "few levels": ("other: " + "[" * 900 + "]" * 900, ""),
    "hyphens": ("other: |\n " + "-" * 1_000_000, ""),
    "blanks": ("other: |\n  x\n" + "  ---" + " \t" * 400_000 + "x", ""),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_is_read_in_time(name: str) -> None:
    front, flaw = LARGE[name]
    begun = time.process_time()
    found = described(f"---\nname: pdf\ndescription: Reads.\n{front}\n---\nBody.\n".encode(), "pdf")
    assert (found.flaw, found.name_flaw) == (flaw, "")
    assert time.process_time() - begun < 5


def test_what_is_no_utf8_is_not_read() -> None:
    text = b"---\nname: pdf\ndescription: Reads.\n---\n\xff\n"
    assert described(text, "pdf") == Front(None, "it is not UTF-8 text")


@pytest.mark.parametrize(
    "text",
    [
        "---\r\nname: pdf\r\ndescription: Reads.\r\n---\r\nBody.\r\n",
        "---\nname: pdf\ndescription: Reads.\n----\nmore: x\n---\n",
        "---\nname: pdf\ndescription: Reads.\n--- \nmore: [\n---\n",
        "---\nname: pdf\ndescription: Reads.\n---",
    ],
    ids=["CRLF", "four hyphens", "a blank", "no body"],
)
def test_where_the_front_matter_ends(text: str) -> None:
    assert described(text.encode(), "pdf") == Front("Reads.")


@pytest.mark.parametrize("text", ["", "name: pdf\n", "---\nname: pdf\ndescription: Reads.\n"])
def test_without_front_matter(text: str) -> None:
    assert described(text.encode(), "pdf") == Front(None, "it has no front matter")
