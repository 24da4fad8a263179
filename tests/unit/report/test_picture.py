"""The picture of the layers: what lies where, for two sources and for thousands."""

from __future__ import annotations

import itertools

import pytest

from overlays.model.page import SURFACES, Cover, Layer, Part
from overlays.report.page.covers import MARGIN, MOST_LINES
from overlays.report.page.picture import MOST_PLATES, Picture, picture
from overlays.report.page.plates import COLUMN, LABEL
from overlays.report.page.widths import ELLIPSIS, shorten, width


def layers(number: int, covers: dict[tuple[int, int], int] | None = None) -> list[Layer]:
    """So many sources; each serves two skills; covers: (upper, lower) to the number of items."""
    found = []
    for at in range(number):
        parts = tuple(
            Part(name, name if name == "skills" else "", 2 if name == "skills" else 0, 0, 0) for name in SURFACES
        )
        hides = tuple(
            Cover(upper, lower, tuple(f"skills/{upper}-{lower}-{item}" for item in range(size)))
            for (upper, lower), size in (covers or {}).items()
            if upper == at
        )
        found.append(Layer(f"acme/source-{at}", "main", "1" * 40, "private", parts, hides))
    return found


def check_drawing(found: Picture) -> None:
    """Everything is inside, and plates do not overlap."""
    tops = [plate.y for plate in found.plates]
    assert tops == sorted(tops)
    assert all(below - above == found.row for above, below in itertools.pairwise(tops))
    assert tops[-1] + found.row <= found.height
    for plate in found.plates:
        for left, right in itertools.pairwise((*plate.cells, None)):
            end = right.x if right else found.plate
            assert left is not None
            assert all(left.x <= bar.x and bar.x + bar.width <= end for bar in left.bars)
    for number in (line.label for line in found.lines if line.label):
        assert found.plate < number.x < number.x + width(number.text, 11) <= found.width
        assert 11 <= number.y < found.height


@pytest.mark.parametrize("number", [1, 2, 12, 13, 50, 51, 99, 500, 5000])
def test_it_fits_whatever_the_list(number: int) -> None:
    found = picture(layers(number, {(number - 1, 0): 3} if number > 1 else None))
    check_drawing(found)
    assert len(found.plates) <= MOST_PLATES
    assert sum(plate.last - plate.first + 1 for plate in found.plates) == number
    assert found.plates[0].last == number
    assert found.plates[-1].first == 1
    assert found.is_grouped == (number > MOST_PLATES)
    skills = found.totals[SURFACES.index("skills")]
    assert skills.amount.served == 2 * number
    assert len(found.lines) == (number > 1)


def test_the_last_source_is_on_top_and_names_are_whole() -> None:
    found = picture(layers(3))
    assert [(plate.first, plate.name, plate.detail) for plate in found.plates] == [
        (3, "acme/source-2@main", "1" * 12),
        (2, "acme/source-1@main", "1" * 12),
        (1, "acme/source-0@main", "1" * 12),
    ]


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    some = layers(2)
    parts = list(some[0].parts)
    parts[0] = Part("tools", "tools", 40, 20, 0)
    parts[1] = Part("workflows", "workflows", 0, 0, 1)
    plate = picture([some[0]._replace(parts=tuple(parts)), some[1]]).plates[-1]
    bars = {bar.kind: bar.width for cell in plate.cells[:2] for bar in cell.bars}
    assert bars["served"] == pytest.approx(2 * bars["hidden"], abs=0.2)
    assert 0 < bars["broken"] < bars["hidden"]  # never too short to be seen
    assert [cell.on for cell in plate.cells] == [True, True, True, False, False]


def test_lines_lead_from_what_hides_to_what_is_hidden_and_the_thickest_come_first() -> None:
    found = picture(layers(4, {(1, 0): 1, (3, 1): 9, (3, 0): 40}))
    assert [(line.upper, line.lower, line.number) for line in found.lines] == [
        ("acme/source-3@main", "acme/source-0@main", 40),
        ("acme/source-3@main", "acme/source-1@main", 9),
        ("acme/source-1@main", "acme/source-0@main", 1),
    ]
    widths = [line.width for line in found.lines]
    assert widths == sorted(widths, reverse=True)
    assert [line.label and line.label.text for line in found.lines] == ["40", "9", "1"]
    assert [len(line.names) for line in found.lines] == [6, 6, 1]


def test_neighbours_of_one_plate_that_hide_each_other_get_a_loop() -> None:
    found = picture(layers(100, {(1, 0): 1}))
    check_drawing(found)
    (line,) = found.lines
    assert line.upper == line.lower


def test_too_many_lines_are_left_out_and_counted() -> None:
    covers = {(upper, lower): 1 for upper in range(40) for lower in range(upper)}
    found = picture(layers(40, covers))
    assert len(found.lines) == MOST_LINES
    assert found.omitted == len(covers) - MOST_LINES
    assert found.numbered == 0
    assert found.width == LABEL + 5 * COLUMN + MARGIN


def test_an_empty_list_has_an_empty_picture() -> None:
    assert picture([]).plates == ()


def test_a_column_is_as_wide_as_its_numbers() -> None:
    some = layers(2)
    parts = list(some[0].parts)
    parts[1] = Part("workflows", "workflows", 12_345, 123_456, 0)
    found = picture([some[0]._replace(parts=tuple(parts)), some[1]])
    check_drawing(found)
    cells = found.plates[-1].cells
    assert (cells[1].amount.number, cells[1].amount.also) == ("12,345", " · 123,456 hidden")
    assert cells[1].x - cells[0].x == cells[3].x - cells[2].x == COLUMN
    assert cells[2].x - cells[1].x > width("12,345", 12) + width(" · 123,456 hidden", 11)


def test_long_names_keep_both_ends_and_the_number_of_a_group() -> None:
    long = [
        layer._replace(repo=f"an-organisation-of-a-long-name/overlays-of-team-number-{at}")
        for at, layer in enumerate(layers(60))
    ]
    few, many = picture(long[:2]), picture(long)
    for plate in (*few.plates, *many.plates):
        room = LABEL - (few if plate in few.plates else many).names
        assert width(plate.shown, 13 if plate in few.plates else 11) < room
        assert plate.shown.startswith("an-org")
        assert ELLIPSIS in plate.shown
    assert [plate.shown.rpartition("-")[2] for plate in few.plates] == ["1@main", "0@main"]
    assert [plate.name for plate in few.plates] == [layer.label for layer in long[1::-1]]
    assert all(plate.shown.endswith(" +1") for plate in many.plates)
    assert len({plate.shown for plate in many.plates}) == len(many.plates)


@pytest.mark.parametrize("text", ["", "a", "acme/base", "m" * 40, "\u4e2d\u6587" * 20, "e\u0301" * 30])
@pytest.mark.parametrize("room", [0, 5, 20, 60, 200, 2000])
def test_a_text_is_shortened_only_where_it_has_to_be(text: str, room: int) -> None:
    found = shorten(text, room, 13)
    assert (found == text) == (width(text, 13) <= room)
    assert width(found, 13) <= max(room, width(ELLIPSIS, 13))
    if found != text:
        head, _, tail = found.partition(ELLIPSIS)
        assert text.startswith(head)
        assert text.endswith(tail)


def test_a_long_ref_leaves_room_for_the_repository() -> None:
    (one,) = layers(1)
    long = one._replace(repo="acme/overlays-of-team-7", ref="feature/a-branch-with-a-name-that-does-not-end")
    (plate,) = picture([long]).plates
    assert width(plate.shown, 13) < LABEL - 40
    repo, at, ref = plate.shown.partition("@")
    assert (repo[:5], repo[-2:], at, ref[:2], ref[-3:]) == ("acme/", "-7", "@", "fe", "end")


@pytest.mark.parametrize(("sources", "each", "most"), [(4, 1, 6), (7, 1, 21), (7, 1000, 15), (7, 30_000, 12)])
def test_numbers_of_lines_do_not_meet(sources: int, each: int, most: int) -> None:
    covers = {(upper, lower): each for upper in range(sources) for lower in range(upper)}
    found = picture(layers(sources, covers))
    check_drawing(found)
    boxes = [(one.x, one.y, one.x + width(one.text, 11)) for line in found.lines if (one := line.label)]
    assert len(boxes) == found.numbered
    assert most <= found.numbered <= len(found.lines) == len(covers)
    for (left, y, right), (other_left, other_y, other_right) in itertools.combinations(boxes, 2):
        assert right <= other_left or other_right <= left or abs(y - other_y) >= 14
