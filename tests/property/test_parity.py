"""What the generator accepts, both Helms render with the same bytes. So what the chart refuses, the generator refuses.

The values are random files as text (tests/support/values_texts.py).
"""

from __future__ import annotations

import functools
import pathlib
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from overlays.cli.pipeline import Checked, prepare
from overlays.errors import InvalidInput
from overlays.io.values import Inputs
from tests.support import parity
from tests.support.helm import HELMS, Rendered, helm_template
from tests.support.values_texts import Example, example

REFUSED: Final = max(1, settings.get_profile("run").max_examples // 4)
CRASH: Final = re.compile(
    r"nil pointer|can't evaluate|wrong type|can't index|not a function|error calling (?!fail|include)"
)
FIELDS: Final = {"--set": "sets", "--set-string": "set_strings", "--set-json": "set_jsons"}

examples = st.randoms(use_true_random=False).map(example)


def read(values: Example, directory: pathlib.Path) -> Checked | None:
    """The plan of the values as the generator reads them; None when it refuses them."""
    inputs = Inputs(
        tuple(str(directory / name) for name in names(values)),
        **{field: tuple(text for flag, text in values.flags if flag == name) for name, field in FIELDS.items()},
    )
    try:
        checked = prepare(inputs, values.release)
    except InvalidInput:
        return None
    return None if checked.has_errors else checked


def names(values: Example) -> list[str]:
    return [f"values-{number}.yaml" for number, _ in enumerate(values.files)]


def put(values: Example, directory: pathlib.Path) -> None:
    for name, data in zip(names(values), values.files, strict=True):
        (directory / name).write_bytes(data)


def accepted(values: Example) -> bool:
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        put(values, directory)
        return read(values, directory) is not None


def template(values: Example, directory: pathlib.Path) -> list[Rendered]:
    """What both Helms do with the values, at the same time."""
    flags = [word for name in names(values) for word in ("-f", name)]
    flags += [word for flag in values.flags for word in flag]
    run = functools.partial(helm_template, args=flags, release=values.release, cwd=directory)
    with ThreadPoolExecutor() as pool:
        return list(pool.map(run, HELMS))


def shown(values: Example) -> str:
    files = "".join(f"--- {name}\n{data.decode()}" for name, data in zip(names(values), values.files, strict=True))
    return f"{files}\n--- flags {values.flags} release {values.release}"


@given(values=examples.filter(accepted))
def test_what_the_generator_accepts_both_helms_render_equally(values: Example) -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        put(values, directory)
        checked = read(values, directory)
        assert checked is not None
        for helm, rendered in zip(HELMS, template(values, directory), strict=True):
            assert rendered.code == 0, f"{helm.name} refuses: {rendered.stderr}\n{shown(values)}"
            differences = parity.differences(parity.of_checked(checked), rendered)
            assert not differences, f"{helm.name}: {differences}\n{shown(values)}"


@settings(max_examples=REFUSED)
@given(values=examples.filter(lambda values: not accepted(values)))
def test_what_the_generator_refuses_never_makes_a_template_fail_by_accident(values: Example) -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        put(values, directory)
        for helm, rendered in zip(HELMS, template(values, directory), strict=True):
            assert rendered.code == 0 or not CRASH.search(rendered.stderr), (
                f"{helm.name}: {rendered.stderr}\n{shown(values)}"
            )
