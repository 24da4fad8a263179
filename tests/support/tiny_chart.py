"""A chart that prints what Helm read: the judge of our own reading."""

from __future__ import annotations

import base64
import pathlib
import tempfile
from collections.abc import Sequence
from typing import Final

from tests.support.helm import run_helm

_CHART: Final = "apiVersion: v2\nname: tiny\nversion: 0.1.0\n"
_VALUES: Final = "{{ .Values | toJson | b64enc }}\n"
_TEXTS: Final = """\
{{- range $.Files.Lines "texts" }}
{{- if . }}
{{ trimPrefix "x" . | b64dec | %s | toJson | b64enc }}
{{- end }}
{{- end }}
"""
_PRINT: Final = "{{ range .Values.list }}{{ . }}\n{{ end }}"


def values_json(
    helm: pathlib.Path, files: Sequence[bytes] = (), flags: Sequence[str] = (), defaults: bytes = b"{}\n"
) -> str | None:
    """`.Values | toJson` after `-f` of each file and the flags, over a chart's defaults; None when Helm refuses."""
    lines = _template(helm, _VALUES, files, flags, defaults)
    return None if lines is None else base64.b64decode(lines[0]).decode()


def read_texts(helm: pathlib.Path, texts: Sequence[str], reader: str = "fromYaml") -> list[str | None]:
    """What Helm's fromYaml (the reader of values files) or fromJson makes of each text, as JSON; None if refused."""
    lines = _template(helm, _TEXTS % reader, texts=texts)
    if lines is None or len(lines) != len(texts):
        raise AssertionError(f"{helm.name} printed no line for each text")
    read = [base64.b64decode(line).decode() for line in lines]
    return [None if text.startswith('{"Error":') else text for text in read]


def printed(helm: pathlib.Path, list_of_values: bytes) -> list[str]:
    """How a template prints each item of a list: its JSON or YAML text in."""
    lines = _template(helm, _PRINT, [b"list: " + list_of_values + b"\n"])
    if lines is None:
        raise AssertionError(f"{helm.name} refused the list")
    return lines


def _template(
    helm: pathlib.Path,
    template: str,
    files: Sequence[bytes] = (),
    flags: Sequence[str] = (),
    defaults: bytes = b"{}\n",
    texts: Sequence[str] = (),
) -> list[str] | None:
    with tempfile.TemporaryDirectory() as name:
        chart = pathlib.Path(name)
        (chart / "templates").mkdir()
        (chart / "Chart.yaml").write_text(_CHART)
        (chart / "values.yaml").write_bytes(defaults)
        (chart / "texts").write_text("".join(f"x{base64.b64encode(text.encode()).decode()}\n" for text in texts))
        (chart / "templates" / "out.yaml").write_text("lines: |\n" + _indented(template))
        arguments = []
        for number, data in enumerate(files):
            file = chart / f"values-{number}"
            file.write_bytes(data)
            arguments += ["-f", str(file)]
        done = run_helm(helm, ["template", "x", str(chart), *arguments, *flags])
    if done.code != 0:
        return None
    marker = "# Source: tiny/templates/out.yaml\nlines: |\n"
    body = done.stdout.partition(marker)[2]
    return [line.strip() for line in body.splitlines() if line.strip()]


def _indented(template: str) -> str:
    """The template's output as a block scalar, so that the rendered file is always YAML."""
    return '{{ define "out" }}' + template + '{{ end }}{{ include "out" . | indent 2 }}\n'
