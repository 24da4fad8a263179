"""Findings about shape: what can be said of a file alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from overlays.model.code import Code, W

CODES: Final[Mapping[str, Code]] = {
    "OVL101": Code(
        "a file cannot be read",
        "The file is missing, is a directory, is larger than 16 MiB, or this user may not read it. Only local "
        "files and `-` (standard input, once) are read; fetch a URL first.",
    ),
    "OVL102": Code(
        "a file is not UTF-8 text",
        "Values files are UTF-8, with or without a byte order mark. Helm would put a replacement character where "
        "such a byte stands, or fail without naming the place.",
    ),
    "OVL103": Code(
        "a file is not YAML that Helm reads",
        "A syntax error, or YAML that one of the supported Helms does not read or reads differently: a directive, "
        "a line that begins with `---` inside the document, a tag or number that Helm refuses.",
    ),
    "OVL104": Code(
        "a file has more than one document",
        "Helm 3 reads the first document and drops the others in silence; Helm 4 merges them all. A file that "
        "means two things is refused.",
    ),
    "OVL105": Code(
        "a key stands twice in one map",
        "Helm takes the last one in silence, so the first is lost. The finding is at the second one.",
    ),
    "OVL106": Code("the values are not a map", "A values file is a map of keys to values, or empty."),
    "OVL107": Code(
        "aliases or nesting grow without bound",
        "An anchor that contains itself, aliases of aliases beyond the share at which Helm refuses a file, or maps "
        "and lists nested too deep.",
    ),
    "OVL108": Code(
        "a key is not text",
        "Helm turns values into JSON, whose keys are text. It takes numbers and booleans as keys by making text of "
        "them; a map, a list or a null cannot be a key.",
    ),
    "OVL109": Code(
        "a key before `<<` is overridden by the merge",
        "YAML says that a key of the map wins over the same key of a merged map, wherever `<<` stands. Helm merges "
        "at the place of `<<` and so overrides what stands before it. With `<<` first, both agree.",
        W,
    ),
    "OVL110": Code(
        "a --set path does not fit the values",
        "The path goes through something that is not a map or a list, where Helm would fail or would replace it.",
    ),
    "OVL111": Code(
        "a key that the schema does not know",
        "Helm ignores a key that no template reads, so a misspelt key changes nothing and nobody notices. Inside "
        "`overlays`, `toolServer` and `repoCache` every key must be known; elsewhere unknown keys pass.",
    ),
    "OVL112": Code("a required key is missing", "Every entry of a list of repositories names its `repo`."),
    "OVL113": Code(
        "a value of the wrong type",
        "Most often an unquoted ref: Helm reads `1234567` as a number, `12e4` as 120000 and `on` as a boolean. The "
        "finding shows what Helm makes of it.",
    ),
    "OVL114": Code(
        "a null",
        "In Helm a null removes a key, also a default, and what a template does then is seldom what was meant. "
        "Inside `overlays`, `toolServer` and `repoCache` it is refused; `toolServer:` with nothing after it means "
        "the defaults, as does a null on a documented key elsewhere.",
    ),
    "OVL115": Code(
        "a name, path or text that is not accepted",
        "Names of repositories, refs, paths, URLs and variables end up in lists that are split at `:`, a space or "
        "`=`, in shell and in Git. [docs/values.md](values.md) says what each key accepts.",
    ),
    "OVL116": Code(
        "a number out of range, or a list too short",
        "[docs/values.md](values.md) states the range of each key.",
    ),
    "OVL117": Code("not one of a few words", "The key takes one of a fixed set of words, spelt exactly so."),
    "OVL118": Code(
        "a file cannot be written",
        "The file of `-o` stays as it was: output is written beside it and then renamed.",
    ),
}
