"""What the front matter of a served skill gives to catalogs, as CAO's readers take it."""

from __future__ import annotations

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
        ("name: pdf\ndescription: =", Front("=", "its description is something else, no text")),
        ("name: pdf\ndescription:", Front(None, "its description is null, no text")),
        ("name: pdf\ndescription: {a: b}", Front(None, "its description is a map")),
        ("name: pdf\ndescription: '  '", Front("  ", "its description is empty")),
        ("name: pdf", Front(None, "it has no description")),
        ("name: pdf\n<<: {description: a}", Front(None, "it has no description")),
        ("- name: pdf", Front(None, "its front matter is no map of fields")),
        ("name: pdf\ndescription: a: b", Front(None, "its front matter cannot be read")),
        ("name: pdf\ndescription: !!python/name:os.system a", Front(None, "its front matter cannot be read")),
        ("name: pdf\ndescription: \x07", Front(None, "its front matter cannot be read")),
        (f"name: pdf\ndescription: {'x' * 65536}", Front(None, "its front matter is larger than 64 KiB")),
        ("name: 123\ndescription: Reads.", Front("Reads.", "", "its name is a number, no text")),
        ('name: "pd\\x66"\ndescription: Reads.', Front("Reads.")),
        ("name: pdf2\ndescription: Reads.", Front("Reads.", "", "its name is another one once YAML has read it")),
        ("description: Reads.", Front("Reads.", "", "it has no name")),
    ],
)
def test_what_is_left_out(front: str, want: Front) -> None:
    assert described(f"---\n{front}\n---\nBody.\n".encode(), "pdf") == want


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
