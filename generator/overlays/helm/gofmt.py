"""Numbers as Go prints them."""

from __future__ import annotations


def format_float(value: float) -> str:
    """Text of a float64 as a template prints it, ASCII: 1.0 -> "1", 1000000.0 -> "1e+06", -0.0 -> "-0".

    value: finite.
    Helm: Go's %v, that is strconv 'g' with the shortest digits; exponents below -4 and from 6 on.
    """
    return write_digits(*split_digits(repr(value)), low=-4, high=6, pad=2)


def split_digits(text: str) -> tuple[str, str, int]:
    """Sign ("-" or ""), significant digits and decimal exponent of a finite number written by Python.

    "-0.00120" -> ("-", "12", -3): -1.2e-3. Zero has the digits "0" and the exponent 0.
    """
    sign = "-" if text.startswith("-") else ""
    mantissa, _, exponent = text[len(sign) :].partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return sign, "0", 0
    leading = len(whole) + len(fraction) - len(digits)
    return sign, digits.rstrip("0"), int(exponent or 0) + len(whole) - leading - 1


def write_digits(sign: str, digits: str, exponent: int, *, low: int, high: int, pad: int) -> str:
    """The number in plain form when low <= exponent < high, else as 1.5e+06 with pad exponent digits at least."""
    if not low <= exponent < high:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):0{pad}}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole, fraction = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return sign + whole + ("." + fraction if fraction else "")
