"""Print docs/findings.md: every code, what it means, and an example with what the program really prints.

The examples are data in docs/gen/findings/: `values` is the text of values.yaml, `prepare` a shell command that makes
the files, `command` what is run. The Git hosts that they name are those of the tests.
"""

from __future__ import annotations

import contextlib
import itertools
import pathlib
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import yaml

from docs.gen.shell import run
from overlays.model.codes import CODES, GROUPS, Code
from tests.docs.hosts import publish
from tests.support.internet import Internet

EXAMPLES: Final = pathlib.Path(__file__).parent / "findings"

HEAD: Final = """\
# Findings

What `overlays` tells about its input. Each finding has a code that never changes its meaning, a severity, a place, what
was found, why that is wrong, and what to do. All findings come in one run, sorted by place.

- An **error** stops `overlays render`: exit status 1, nothing on standard output.
- A **warning** is about something legal that will surprise. It fails a run only with `--strict`.

`overlays validate` and `overlays lint` print them with `--output json` for programs (the shape is `overlays schema
findings`), with `github` as annotations of a pull request, with `sarif` for code scanning and with `junit` as test
results. What `overlays lint` tells [can be switched off, suppressed or made more or less severe](lint.md).
"""


def main() -> None:
    """Print the page."""
    missing = {path.stem for path in EXAMPLES.glob("*.yaml")} ^ set(CODES)
    if missing:
        raise SystemExit(f"docs/gen/findings/ and the table of codes differ: {', '.join(sorted(missing))}")
    with hosts() as environment, ThreadPoolExecutor(2) as pool:
        made = pool.map(section, CODES, CODES.values(), itertools.repeat(environment))
        sections = dict(zip(CODES, made, strict=True))
    print(HEAD, end="")
    for digit, title in GROUPS.items():
        codes = [code for code in CODES if code[3] == digit]
        if not codes:
            continue
        print(f"\n## OVL{digit}xx: {title}\n\n| code | severity | |\n| --- | --- | --- |")
        for code in codes:
            print(f"| [{code}](#{code.lower()}) | {CODES[code].severity.value} | {CODES[code].title} |")
        for code in codes:
            print(f"\n{sections[code]}", end="")


@contextlib.contextmanager
def hosts() -> Iterator[Mapping[str, str]]:
    """Variables with which commands find the repositories of tests/docs/hosts.py, and have a cache of their own."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        publish(folder / "served")
        with Internet(folder / "served", folder / "tls") as internet:
            yield {**internet.environment, "XDG_CACHE_HOME": str(folder)}


def section(code: str, entry: Code, environment: Mapping[str, str]) -> str:
    """Heading, explanation, example and its real output."""
    example = yaml.safe_load((EXAMPLES / f"{code}.yaml").read_text())
    blocks = [f"### {code}", f"{entry.severity.value.capitalize()}: {entry.title}. {entry.explanation}"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if "values" in example:
            (folder / "values.yaml").write_text(example["values"])
            blocks.append(f"```yaml title=values.yaml\n{example['values']}```")
        if "prepare" in example:
            prepared = run(example["prepare"], folder, environment=environment)
            if prepared != (0, ""):
                raise SystemExit(f"{code}: prepare: {prepared}")
            blocks.append(f"```sh\n{example['prepare']}\n```")
        output = run(example["command"], folder, environment=environment).output
    if f" {entry.severity.value} {code}: " not in output:
        raise SystemExit(f"{code}: the example does not give it as {entry.severity.value}:\n{output}")
    blocks.append(f"```console\n$ {example['command']}\n{output}```")
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    main()
