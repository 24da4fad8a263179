"""Findings as SARIF 2.1.0, which code scanning services read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from overlays.model.finding import Finding, Location
from overlays.model.settings import Suppressed
from overlays.report.text import safe

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def report(
    findings: Iterable[Finding], existing: Sequence[Finding] | None = None, suppressed: Sequence[Suppressed] = ()
) -> str:
    """One SARIF log with one run, ASCII, two-space indent, final newline.

    existing: findings that were there before: "unchanged" against the baseline, the others are then "new".
    suppressed: results with a suppression, which services show as closed.
    """
    new = list(findings)
    apart = [one.finding for one in suppressed]
    codes = sorted({finding.code for finding in (*new, *(existing or ()), *apart)})
    rules = {code: at for at, code in enumerate(codes)}
    seen: Counter[str] = Counter()
    results = [_result(finding, rules, seen, None if existing is None else "new") for finding in new]
    results += [_result(finding, rules, seen, "unchanged") for finding in existing or ()]
    for one in suppressed:
        by = {"kind": "external", "justification": safe(one.by.reason), "location": _location(one.by.where)}
        results.append({**_result(one.finding, rules, seen, None), "suppressions": [by]})
    driver = {"name": "overlays", "rules": [_rule(code) for code in codes]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    from overlays.model.codes import CODES  # a large table, which other runs do not need

    entry = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": _message(entry.title)},
        "fullDescription": {"text": _message(entry.explanation)},
        "help": {"text": _message(entry.explanation)},  # which GitHub wants, too
        "defaultConfiguration": {"level": entry.severity.value},
    }


def _result(finding: Finding, rules: Mapping[str, int], seen: Counter[str], baseline: str | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rules[finding.code],
        "level": finding.severity.value,
        "message": {"text": _message(f"{finding.what}: {finding.why}. Hint: {finding.hint}")},
        "locations": [_location(finding.where)],
        "partialFingerprints": {"overlaysFinding/v1": _fingerprint(finding, seen)},
    }
    if baseline is not None:
        result["baselineState"] = baseline
    return result


def _message(text: str) -> str:
    """Plain text: SARIF reads {0} as a placeholder and [x](y) as a link."""
    return safe(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _location(where: Location) -> dict[str, Any]:
    """What is about a whole file stands at its first line: GitHub refuses a file without a region."""
    if where.file == "-" or where.file.startswith("--"):  # standard input, or the text of a flag
        return {"logicalLocations": [{"fullyQualifiedName": safe(where.file)}]}
    region = {"startLine": where.line, "startColumn": where.column} if where.line else {"startLine": 1}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(where.file)}, "region": region}}


def _uri(path: str) -> str:
    """A relative reference, or a file URL of an absolute path, with every other byte percent-encoded."""
    import urllib.parse

    while path.startswith("./"):
        path = path[2:].lstrip("/")
    quoted = urllib.parse.quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return f"file://{quoted}" if quoted.startswith("/") else quoted or "."


def _fingerprint(finding: Finding, seen: Counter[str]) -> str:
    """The same as long as file, code and observation are, wherever in the file it moves; equal ones are counted."""
    import hashlib

    key = "\0".join((finding.code, finding.where.file, finding.what))
    seen[key] += 1
    text = f"{key}\0{seen[key]}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
