"""What the generator accepts, both Helms render with the same bytes. So what the chart refuses, the generator refuses.

The values are random files as text (tests/support/values_texts.py).
"""

from __future__ import annotations

import random
import re
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import parity
from tests.support.helm import HELMS
from tests.support.values_runs import accepted, plan, shown, template
from tests.support.values_texts import Example, example

REFUSED: Final = max(1, settings.get_profile("run").max_examples // 4)
CRASH: Final = re.compile(r"nil pointer|can't evaluate|wrong type|error calling (?!fail|include)|YAML parse error")

small = st.randoms(use_true_random=False).map(example)  # hypothesis prefers small draws, and can shrink these
large = st.integers(min_value=0, max_value=2**63).map(lambda seed: example(random.Random(seed)))
examples = small | large


@given(values=examples.filter(accepted))
def test_what_the_generator_accepts_both_helms_render_equally(values: Example) -> None:
    printed = parity.of_checked(plan(values))
    for helm, rendered in zip(HELMS, template(values), strict=True):
        assert rendered.code == 0, f"{helm.name} refuses: {rendered.stderr}\n{shown(values)}"
        differences = parity.differences(printed, rendered)
        assert not differences, f"{helm.name}: {differences}\n{shown(values)}"


@settings(max_examples=REFUSED)
@given(values=examples.filter(lambda values: not accepted(values)))
def test_what_the_generator_refuses_never_makes_a_template_fail_by_accident(values: Example) -> None:
    for helm, rendered in zip(HELMS, template(values), strict=True):
        accident = rendered.code != 0 and CRASH.search(rendered.stderr)
        assert not accident, f"{helm.name}: {rendered.stderr}\n{shown(values)}"
