"""The sides of `overlays diff --helm-output`: streams of Kubernetes objects."""

from __future__ import annotations

import click

from overlays.core.streams import compare_streams
from overlays.errors import InvalidInput
from overlays.io.sides import Content
from overlays.io.stream import StreamReader
from overlays.io.values import Inputs
from overlays.model.difference import Difference
from overlays.model.finding import Finding
from overlays.model.stream import Stream


def compare_helm_output(old: Content, new: Content, inputs: Inputs) -> Difference:
    """What differs between two streams.

    Raises UsageError: flags or sides that mean nothing here. InvalidInput with the findings of both sides.
    """
    if inputs.sets or inputs.set_strings or inputs.set_jsons or inputs.set_files:
        raise click.UsageError("--helm-output compares what Helm has printed; give --set and the like to Helm")
    reader = StreamReader()
    streams: list[Stream] = []
    findings: list[Finding] = []
    for content in (old, new):
        if len(content.names) + len(content.missing) != 1:
            raise click.UsageError("--helm-output takes one file on each side")
        try:
            streams.append(_stream(reader, content))
        except InvalidInput as error:
            findings += error.findings
    if findings:
        raise InvalidInput(*sorted(set(findings)))
    return compare_streams(*streams)


def _stream(reader: StreamReader, content: Content) -> Stream:
    """A file that a revision does not have is an empty stream."""
    if content.missing:
        return Stream(content.title, ())
    name = content.names[0]
    return reader.read(name, content.data[name])._replace(name=content.title)
