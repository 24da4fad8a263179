"""The picture of the layers: what lies where, for two sources and for thousands."""

from __future__ import annotations

import itertools

import pytest

from overlays.model.page import SURFACES, Cover, Layer, Part
from overlays.report.page.picture import LABEL, MARGIN, MOST_LINES, MOST_PLATES, Picture, picture


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
    for line in found.lines:
        assert 0 < line.x < found.width
        assert 0 < line.y < found.height


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
    assert found.is_numbered
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
    assert not found.is_numbered
    assert found.width == LABEL + 5 * 94 + MARGIN


def test_an_empty_list_has_an_empty_picture() -> None:
    assert picture([]).plates == ()
