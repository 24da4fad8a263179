from __future__ import annotations

import pytest

from overlays.helm.gofmt import format_float, split_digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "-0"), (1.0, "1"), (999999.0, "999999"), (999999.9, "999999.9"), (1e6, "1e+06"),
        (1234567.5, "1.2345675e+06"), (0.0001, "0.0001"), (1e-5, "1e-05"), (1e100, "1e+100"), (-1.5e-7, "-1.5e-07"),
        (9007199254740992.0, "9.007199254740992e+15"), (5e-324, "5e-324"), (100.25, "100.25"), (0.5, "0.5"),
    ],
)  # fmt: skip
def test_a_number_as_a_template_prints_it(value: float, text: str) -> None:
    assert format_float(value) == text


def test_digits_of_a_number() -> None:
    assert split_digits("-0.00120") == ("-", "12", -3)
    assert split_digits("1e+16") == ("", "1", 16)
    assert split_digits("120.0") == ("", "12", 2)
    assert split_digits("0.0") == ("", "0", 0)
