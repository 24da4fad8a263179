"""Runs an example of values_texts: through the generator in this process, and through both Helms at once."""

from __future__ import annotations

import functools
import pathlib
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from overlays.cli.pipeline import Checked, prepare
from overlays.core.normal import settings, sources
from overlays.errors import InvalidInput
from overlays.io.values import Inputs
from overlays.report import values as writer
from tests.support.helm import HELMS, Rendered, helm_template
from tests.support.values_texts import Example

_FIELDS: Final = {"--set": "sets", "--set-string": "set_strings", "--set-json": "set_jsons"}


@contextmanager
def folder(values: Example) -> Iterator[pathlib.Path]:
    """A new directory that holds the files."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        for file, data in zip(names(values), values.files, strict=True):
            (directory / file).write_bytes(data)
        yield directory


def names(values: Example) -> list[str]:
    """Names of the files, in order."""
    return [f"values-{number}.yaml" for number, _ in enumerate(values.files)]


def read(values: Example) -> Checked | None:
    """The plan of the values as the generator reads them; None when it refuses them."""
    with folder(values) as directory:
        flags = {field: tuple(text for flag, text in values.flags if flag == name) for name, field in _FIELDS.items()}
        inputs = Inputs(tuple(str(directory / name) for name in names(values)), **flags)
        try:
            checked = prepare(inputs, values.release)
        except InvalidInput:
            return None
    return None if checked.has_errors else checked


def accepted(values: Example) -> bool:
    """Whether the generator renders the values."""
    return read(values) is not None


def plan(values: Example) -> Checked:
    """The plan of values that are accepted. Raises AssertionError: they are not."""
    checked = read(values)
    if checked is None:
        raise AssertionError(f"the generator refuses\n{shown(values)}")
    return checked


def normal_form(checked: Checked) -> bytes:
    """What `overlays render values` prints."""
    return writer.overlays(sources(checked.plan), settings(checked.plan)).encode()


def template(values: Example, helms: Sequence[pathlib.Path] = HELMS) -> list[Rendered]:
    """What the Helms do with the values, all at the same time."""
    flags = [word for name in names(values) for word in ("-f", name)]
    flags += [word for flag in values.flags for word in flag]
    with folder(values) as directory, ThreadPoolExecutor() as pool:
        return list(
            pool.map(functools.partial(helm_template, args=flags, release=values.release, cwd=directory), helms)
        )


def shown(values: Example) -> str:
    """The example as a report shows it."""
    files = "".join(f"--- {name}\n{data.decode()}" for name, data in zip(names(values), values.files, strict=True))
    return f"{files}\n--- flags {values.flags} release {values.release}"
