from __future__ import annotations

from overlays.io import codes


def test_every_code_has_a_title() -> None:
    constants = {value for name, value in vars(codes).items() if isinstance(value, str) and value.startswith("OVL")}
    assert list(codes.TITLES) == sorted(constants)
    assert all(title and title[0].islower() for title in codes.TITLES.values())
