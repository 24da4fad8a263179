"""Flags of the command line, each with a variable OVERLAYS_<NAME>, and how their texts are read."""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

USAGE = 64  # the exit status of wrong usage
TRUE, FALSE = ("1", "true", "yes"), ("", "0", "false", "no")


class Parser(argparse.ArgumentParser):
    """Reads flags, then variables, then defaults; wrong usage ends with 64."""

    environment: Mapping[str, str] = os.environ

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line and exit."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: error: {message}\n")

    def flag(self, name: str, read: Callable[[str], Any], *, default: Any = None, text: str, **more: Any) -> None:
        """Add --name, which $OVERLAYS_NAME stands in for; required when it has no default."""
        variable = variable_of(name)
        given = self.environment.get(variable, "")
        if given:
            default = self._read(variable, read, given)
        needed = default is None
        self.add_argument(f"--{name}", type=read, default=default, required=needed, help=text, **more)

    def optional(self, name: str, read: Callable[[str], Any], *, text: str) -> None:
        """Add --name that may be absent."""
        given = self.environment.get(variable_of(name), "")
        default = self._read(variable_of(name), read, given) if given else None
        self.add_argument(f"--{name}", type=read, default=default, help=text)

    def switch(self, name: str, *, text: str) -> None:
        """Add --name without a value."""
        given = self.environment.get(variable_of(name), "").lower()
        if given not in (*TRUE, *FALSE):
            self.error(f"{variable_of(name)}: {given!r} is neither true nor false")
        self.add_argument(f"--{name}", action="store_true", default=given in TRUE, help=text)

    def several(self, name: str, read: Callable[[str], Any], *, text: str, **more: Any) -> None:
        """Add --name that may come again and again, with one value or more; in the variable they stand side by side.

        An absent one gives the values of the variable.
        """
        variable = variable_of(name)
        given = [
            self._read(variable, read, one) for one in self.environment.get(variable, "").replace(",", " ").split()
        ]
        self.add_argument(f"--{name}", type=read, nargs="+", action=_Several, default=given, help=text, **more)

    def _read(self, variable: str, read: Callable[[str], Any], given: str) -> Any:
        try:
            return read(given)
        except (ValueError, argparse.ArgumentTypeError) as why:
            self.error(f"{variable}: {why}")


class _Several(argparse.Action):
    """Collects values; the first one replaces the default."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        so_far = getattr(namespace, self.dest)
        setattr(namespace, self.dest, [*(() if so_far is self.default else so_far), *values])


def variable_of(name: str) -> str:
    """The variable of a flag: "min-free" -> "OVERLAYS_MIN_FREE"."""
    return "OVERLAYS_" + name.upper().replace("-", "_")


def seconds(text: str) -> float:
    """A duration above 0: "30" -> 30, "0.5" -> 0.5."""
    return _whole(_number(text, float, "a number of seconds"))


def patience(text: str) -> float:
    """A duration, or 0: do not wait."""
    return _whole(_number(text, float, "a number of seconds", zero=True))


def count(text: str) -> int:
    """A whole number above 0."""
    return int(_number(text, int, "a whole number"))


def _whole(value: float) -> float:
    return int(value) if value.is_integer() else value


def _number(text: str, read: Callable[[str], Any], what: str, *, zero: bool = False) -> Any:
    try:
        value = read(text)
    except ValueError:
        value = -1
    if not (0 < value < 1e9 or (zero and value == 0)):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}{', 0 or more' if zero else ' above 0'}")
    return value


def one_of(*names: str) -> Callable[[str], str]:
    """A reader of one of these names."""

    def read(text: str) -> str:
        if text not in names:
            raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(names)}")
        return text

    return read


def share(text: str) -> float:
    """A part of the volume: "20%" -> 0.2; 0% to 90%."""
    number = text[:-1] if text.endswith("%") else ""
    if not number.isdigit() or int(number) > 90:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0% to 90%")
    return int(number) / 100


def address(text: str) -> str:
    """A place to listen: ":9464", "127.0.0.1:9464", "[::1]:9464"."""
    port = text.rpartition(":")[2]
    if ":" not in text or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT or :PORT")
    return text


def place(text: str) -> pathlib.Path:
    """A path; git runs in another directory, so it is made absolute here."""
    if "\n" in text:
        raise argparse.ArgumentTypeError(f"{text!r} has a line feed, which git's helpers cannot take")
    return pathlib.Path(text).absolute()
