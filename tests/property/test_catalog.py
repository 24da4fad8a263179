"""`overlays catalog` against a second implementation, made from the rules alone, on random trees and patterns.

The rules: the last source that has a name takes it, and serves nothing under it when its copy is broken; a list keeps a
name that any pattern matches (fnmatchcase), no list keeps all and [] none; the block is lines in code-point order.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
import shutil
import tempfile
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.here import overlays_here

EXAMPLES: Final = max(1, settings.get_profile("run").max_examples // 5)

HEADING: Final = "## Available Skills"
INSTRUCTION: Final = (
    "The following skills are available exclusively in this CAO orchestration context. To load a skill's full content, "
    "use the `mcp__cao-mcp-server__load_skill` tool (NOT the Skill command). These skills are not accessible through "
    "provider-native skill commands or directories."
)
NUMBERS: Final = ("3", "1_000", "0x1F", "1.5", "yes", "Off", "~", "null", "2024-01-31", "1:30", ".inf", "=")
"""What YAML 1.1 takes for no text, unquoted; "1e3" and "0o7" are text there."""


class Skill(NamedTuple):
    """A copy of a skill. scalar: how the description is written. description: what it says, None when it is no text."""

    scalar: str
    description: str | None
    broken: bool = False


WORDS = st.sampled_from(["code", "review", "pdf", "ads", "db", "x", "a1", "z"])
NAMES = st.sampled_from(["code", "code-review", "code-db", "pdf", "pdf-x", "ads-db", "a1", "z"])
LETTERS = st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_categories=("Cs", "Cc", "Cn", "Co"))
TEXTS = st.text(LETTERS | st.sampled_from("\n *`:#"), min_size=1, max_size=30)


def quoted(text: str) -> Skill:
    return Skill(json.dumps(text), text)


def block(text: str) -> Skill:
    lines = [line.strip() or "x" for line in text.split("\n")]
    return Skill("|\n" + "".join(f"  {line}\n" for line in lines), "".join(f"{line}\n" for line in lines))


PLAIN = st.from_regex(r"[A-Z][a-z]{0,5}( [a-z]{1,6}){1,3}\.", fullmatch=True)
SKILLS = st.one_of(
    TEXTS.map(quoted),
    st.text("ab c.\n", min_size=1, max_size=20).map(block),
    PLAIN.map(lambda text: Skill(text, text)),
    st.sampled_from(["1e3", "0o7", "y", "n"]).map(lambda text: Skill(text, text)),
    st.sampled_from(NUMBERS).map(lambda text: Skill(text, None)),
    st.just(Skill("Broken one.", "Broken one.", broken=True)),
)
SOURCES = st.lists(st.dictionaries(NAMES, SKILLS, min_size=1, max_size=6), min_size=1, max_size=3)
GLOBS = st.lists(
    st.one_of(
        WORDS, st.sampled_from(["*", "?", "-", "[a-c]", "[!p]", "[^p]", "[", "]", "[]]", "[z-a]", "\\", "{", "!"])
    ),
    min_size=0,
    max_size=4,
).map("".join)
PATTERNS = st.none() | st.lists(NAMES | GLOBS | st.just("*"), max_size=4)
BUILTINS = st.dictionaries(NAMES, st.just("Built in.") | TEXTS | st.none(), min_size=1, max_size=3)
MOUNTS = st.sampled_from(["", "", "team"])


def write(folder: pathlib.Path, sources: list[dict[str, Skill]], agents: list[dict[str, Any]]) -> None:
    """values.json and the checkouts."""
    for at, skills in enumerate(sources):
        (folder / f"checkouts/acme/s{at}").mkdir(parents=True)
        for name, skill in skills.items():
            file = folder / f"checkouts/acme/s{at}/.agents/skills/{name}/SKILL.md"
            file.parent.mkdir(parents=True)
            opening = "" if skill.broken else "---\n"
            file.write_text(f"{opening}name: {name}\ndescription: {skill.scalar.rstrip()}\n---\nRead it.\n")
    listed = [{"repo": f"acme/s{at}", "ref": "main"} for at in range(len(sources))]
    values = {"toolServer": {"enabled": False}, "overlays": {"sources": listed}, "agents": agents}
    (folder / "values.json").write_text(json.dumps(values))


def served(sources: list[dict[str, Skill]]) -> dict[str, Skill]:
    """Name to the copy that is served."""
    last = {name: skill for skills in sources for name, skill in skills.items()}
    return {name: skill for name, skill in last.items() if not skill.broken}


def kept(name: str, patterns: list[str] | None) -> bool:
    return patterns is None or any(fnmatchcase(name, pattern) for pattern in patterns)


def expected(
    there: Mapping[str, Skill], builtins: Mapping[str, str | None], patterns: list[str] | None, mount: str
) -> str:
    """The block."""
    lines = {
        (f"{mount}-{name}" if mount else name): skill.description
        for name, skill in there.items()
        if kept(name, patterns)
    }
    for name, description in builtins.items():
        if kept(name, patterns):
            lines.setdefault(name, description)
    told = [
        f"- **{name}**: {lines[name].strip()}"  # type: ignore[union-attr]
        for name in sorted(lines)
        if lines[name] is not None and lines[name].strip()  # type: ignore[union-attr]
    ]
    return "\n".join([HEADING, "", INSTRUCTION, "", *told]) if told else ""


@settings(max_examples=EXAMPLES)
@given(sources=SOURCES, patterns=PATTERNS, builtins=BUILTINS, mount=MOUNTS)
def test_the_block_is_that_of_the_rules(
    sources: list[dict[str, Skill]], patterns: list[str] | None, builtins: dict[str, str | None], mount: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        agent: dict[str, Any] = {"name": "one", **({} if patterns is None else {"skills": patterns})}
        write(folder, sources, [{**agent, **({"mountAs": {"skills": mount}} if mount else {})}, {"name": "all"}])
        (folder / "builtins.json").write_text(
            json.dumps([{"name": one, "description": text} for one, text in builtins.items()])
        )
        common = ("catalog", "-f", folder / "values.json", "--checkouts", folder / "checkouts")
        known = ("--builtins", folder / "builtins.json")
        there = served(sources)
        want = expected(there, builtins, patterns, mount)

        ran = overlays_here(*common, *known, "--agent", "one")
        assert (ran.code, ran.stdout.decode()) == (0, f"{want}\n")
        size = len(want.encode())
        assert ran.told.endswith(f"\n{size:,} bytes, about {-(-size // 4):,} tokens (an estimate)\n") or ran.told == (
            f"{size:,} bytes, about {-(-size // 4):,} tokens (an estimate)\n"
        )
        names = {*there, *builtins}
        idle = [one for one in patterns or () if not any(fnmatchcase(other, one) for other in names)]
        line = f"Skill-catalog filter matched no installed skill for pattern(s): {', '.join(map(repr, idle))}\n"
        assert (line in ran.told) is bool(idle)
        assert ran.told.count("Skill-catalog filter") == bool(idle)

        without = overlays_here(*common)
        assert without.stdout.decode() == f"{expected(there, {}, None, '')}\n"

        document = json.loads(overlays_here(*common, *known, "--all-agents", "--format", "json").stdout)
        one = document["agents"][0]
        assert one["patterns"] == patterns
        assert (one["bytes"], one["unmatched"]) == (size, idle)
        assert one["digest"] == f"sha256:{hashlib.sha256(want.encode()).hexdigest()}"
        assert {entry["name"]: entry["patterns"] for entry in one["skills"]} == {
            other: list(dict.fromkeys(pattern for pattern in patterns or () if fnmatchcase(other, pattern)))
            for other in there
            if kept(other, patterns)
        }
        assert [entry["delivered"] for entry in one["skills"]] == sorted(
            f"{mount}-{other}" if mount else other for other in there if kept(other, patterns)
        )


@settings(max_examples=EXAMPLES)
@given(before=SOURCES, after=SOURCES, old=PATTERNS, new=PATTERNS)
def test_a_difference_names_what_was_gained_and_lost(
    before: list[dict[str, Skill]], after: list[dict[str, Skill]], old: list[str] | None, new: list[str] | None
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sides = []
        for at, (sources, patterns) in enumerate(((before, old), (after, new))):
            write(folder, sources, [{"name": "one", **({} if patterns is None else {"skills": patterns})}])
            file = folder / f"{at}.json"
            common = ("-f", folder / "values.json", "--checkouts", folder / "checkouts", "--all-agents")
            assert overlays_here("catalog", *common, "--format", "json", "-o", file).code == 0
            sides.append({one for one in served(sources) if kept(one, patterns)})
            shutil.rmtree(folder / "checkouts")
        ran = overlays_here("catalog", "--diff", folder / "0.json", folder / "1.json", "--detailed-exitcode")
        told = ran.stdout.decode()
        assert (
            set(re.findall(r"^  \+ ([a-z0-9-]+): ", told.partition("\nskill ")[0], re.MULTILINE)) == sides[1] - sides[0]
        )
        assert (
            set(re.findall(r"^  - ([a-z0-9-]+): ", told.partition("\nskill ")[0], re.MULTILINE)) == sides[0] - sides[1]
        )
        assert ran.code == (2 if told else 0)
        assert overlays_here("catalog", "--diff", folder / "0.json", folder / "0.json").stdout == b""
