"""Every golden case: the bytes of the generator, the objects of both Helms, and the one against the other."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Mapping

import pytest

from tests.support import golden, parity

CASES = golden.cases()
ACCEPTED = [case for case in CASES if (case / "code").read_bytes() == b"0\n"]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@functools.cache
def produced(case: pathlib.Path) -> Mapping[str, bytes]:
    return golden.produce(case)


@every_case
def test_bytes(case: pathlib.Path) -> None:
    differences = golden.compare(case, produced(case))
    assert not differences, differences
    if case in ACCEPTED:
        printed = golden.run_overlays(case)
        ours = parity.of_files(printed)
        told = {helm: parity.differences(ours, golden.run_helm(case, helm)) for helm in golden.HELMS}
        assert told == {helm: {} for helm in golden.HELMS}


TWINS = [case for case in CASES if case.name.startswith("explicit-twin-of-")]


@pytest.mark.parametrize("case", TWINS, ids=lambda case: case.name)
def test_a_list_moved_to_overlays_sources_changes_no_byte(case: pathlib.Path) -> None:
    twin = golden.outputs(case.with_name(case.name.removeprefix("explicit-twin-of-")))
    for name in ("env.json", "agent.json", "values.out.yaml", "manifest.json", "chart.yaml"):
        assert golden.outputs(case)[name] == twin[name]


SPOILT = [
    (case, name)
    for case in CASES
    if case.name in ("defaults", "refused-ref-that-is-a-number")
    for name in golden.outputs(case)
]


@pytest.mark.parametrize(("case", "name"), SPOILT, ids=lambda part: getattr(part, "name", part))
def test_one_changed_byte_of_a_golden_is_told(case: pathlib.Path, name: str, tmp_path: pathlib.Path) -> None:
    spoilt = golden.copy(case, tmp_path)
    made = produced(case)
    assert golden.compare(spoilt, made) == ""
    data = bytearray((spoilt / name).read_bytes() or b"\n")
    data[len(data) // 2] ^= 1
    (spoilt / name).write_bytes(data)
    assert f"{case.name}/{name} differs" in golden.compare(spoilt, made)


def test_a_missing_and_a_stray_golden_are_told(tmp_path: pathlib.Path) -> None:
    spoilt = golden.copy(golden.GOLDEN / "defaults", tmp_path)
    made = produced(golden.GOLDEN / "defaults")
    (spoilt / "env.json").unlink()
    (spoilt / "helm.json").write_bytes(b"{}\n")
    assert golden.compare(spoilt, made) == (
        "defaults/env.json is missing\ndefaults/helm.json is kept, but nothing makes it\n"
    )
