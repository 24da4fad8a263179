"""The page as text: escaped whatever it shows, and as quick for long lists as for short ones."""

from __future__ import annotations

import html
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlays.model.finding import Finding, Location
from overlays.model.page import SURFACES, Consumer, Entry, Layer, Page, Part, Shadowing, Subject
from overlays.model.winners import Copy, LooseFile, Row
from overlays.report.page import report

HIDDEN = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def page(text: str, items: int = 1) -> Page:
    """One source and so many items, the text wherever a user or a repository may put one."""
    copy = Copy("acme/base", text, None, text, 0, text)
    parts = tuple(Part(surface, text, items, 1, 1) for surface in SURFACES)
    rows = (Row("skills", f"{text}{at}", copy, (copy,), text) for at in range(items))
    return Page(
        subject=Subject((text, "-"), text, 1),
        fullname=text,
        mode="explicit",
        digest="sha256:0",
        delivery="separate",
        merged=False,
        repositories=1,
        layers=(Layer("acme/base", text, text or None, "private", parts),),
        entries=tuple(Entry(row, Shadowing.OPEN) for row in rows),
        loose=(LooseFile("tools", text, copy, (copy,)),),
        consumers=(Consumer("api", (("NAME", f"x{text}"), ("PATHS", "/a:/b"))),),
        findings=(Finding(Location(text, 1, 1), "OVL101", "", text, text, text),),
    )


def markup(text: str) -> list[str]:
    """The tags of a page, without the values of their attributes."""
    return re.findall(r"<(?:[a-zA-Z!/][^\s>]*)", text)


@given(
    text=st.text(st.characters(codec=None), max_size=12)
    | st.sampled_from(["</script>", "<!--", "]]>", "'\"><b>", "\r\n"])
)
def test_no_text_becomes_markup_or_hides(text: str) -> None:
    made = report(page(text))
    assert not re.search(HIDDEN, made)
    assert "\r" not in made
    # Commits and refs that are "" have other words in their place.
    assert markup(made) == markup(report(page("x" if text else "")))
    assert made.encode()


@pytest.mark.parametrize("text", ["/a:/b", "/a:", ":/a", "/:/:", "a:b", "", "/only", "/a b:/c"])
def test_a_value_in_pieces_is_the_whole_value(text: str) -> None:
    made = report(page("x")._replace(consumers=(Consumer("api", (("NAME", text),)),)))
    (value,) = re.findall('data-copies="NAME">(.*?)</code>', made)
    assert html.unescape(re.sub("<[^>]*>", "", value)) == text


def test_a_list_that_is_ten_times_as_long_takes_about_ten_times_as_long() -> None:
    def seconds(items: int) -> float:
        made, tries = page("x", items), []
        for _ in range(3):
            start = time.process_time()
            report(made)
            tries.append(time.process_time() - start)
        return min(tries)

    assert seconds(5000) < 30 * seconds(500)
