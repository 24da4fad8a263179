"""Variables as JSON, as the `env:` of a Kubernetes container, and as shell exports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def as_json(data: Mapping[str, Any]) -> str:
    """Two-space indent, order kept, non-ASCII raw, final newline."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def as_kubernetes(variables: Mapping[str, str]) -> str:
    """`env:` and a `- name:`/`value:` pair each, every string double-quoted."""
    from overlays.report.templating import render

    return render("env.kubernetes.j2", variables=variables)


def as_shell(variables: Mapping[str, str]) -> str:
    """`export NAME='value'` lines for a POSIX shell."""
    from overlays.report.templating import render

    return render("env.shell.j2", variables=variables)
