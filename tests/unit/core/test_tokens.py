from __future__ import annotations

import pytest

from overlays.core.tokens import estimated


@pytest.mark.parametrize(
    ("data", "tokens"),
    [(b"", 0), (b"a", 1), (b"abcd", 1), (b"abcde", 2), (b"a" * 20_000, 5_000), (b"a" * 20_001, 5_001)],
)
def test_a_token_is_four_bytes_rounded_up(data: bytes, tokens: int) -> None:
    assert estimated(data) == tokens


def test_bytes_count_and_not_characters() -> None:
    assert estimated("技能".encode()) == 2
