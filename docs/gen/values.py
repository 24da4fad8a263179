"""Print docs/values.md: every key of the values, from schemas/values.schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from overlays import data

Schema = dict[str, Any]

HEAD: Final = """\
# Values

Every key that the chart and `overlays` read. The keys of the original chart keep their names and meaning; the
[differences](migrating.md#deliberate-differences) are few and listed. This page is made from the schema that Helm and
`overlays` check (`overlays schema values` prints it).

- Inside `overlays`, `agents`, `toolServer` and `repoCache` an unknown key is an error. Elsewhere unknown keys pass, so
  that a values file may carry what other charts read; objects that are Kubernetes' own are open inside.
- `overlays.delivery` decides what readers of the variables get: [separate or merged](delivery.md).
- `agents` and how their patterns match: [agents](agents.md).
- A key without a default states nothing when it is absent.
- Most values are of a kind (*relative path*, *Git ref*, …); [the last section](#kinds-of-values) says what each kind
  accepts.
"""

TYPES: Final = {
    "array": "list",
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "object": "map",
    "string": "text",
}


def main() -> None:
    """Print the page."""
    schema: Schema = json.loads((data.root() / "schemas" / "values.schema.json").read_text())
    definitions: Schema = schema["definitions"]
    print(HEAD, end="")
    single = {name: rule for name, rule in schema["properties"].items() if not {"properties", "items"} & rule.keys()}
    for name, rule in schema["properties"].items():
        if name not in single:
            print(f"\n## `{name}`\n\n{rule['description']}\n")
            for path, inner, required in keys(f"{name}[]", rule["items"]) if "items" in rule else keys(name, rule):
                print(entry(path, inner, required, definitions))
    print("\n## Other keys\n")
    for name, rule in single.items():
        print(entry(name, rule, False, definitions))
    print("\n## Kinds of values\n")
    for name, rule in sorted(definitions.items(), key=lambda item: item[1]["title"]):
        print(f'- <a id="{name}"></a>**{rule["title"]}**: {rule["description"]}{choices(rule)}{examples(rule)}')


def keys(path: str, rule: Schema) -> Iterator[tuple[str, Schema, bool]]:
    """Path, rule and whether it is required, of every key below an object; objects come before what is in them."""
    for name, inner in rule.get("properties", {}).items():
        below = f"{path}.{name}"
        yield below, inner, name in rule.get("required", ())
        yield from keys(below, inner)
        if "items" in inner:
            yield from keys(f"{below}[]", inner["items"])


def entry(path: str, rule: Schema, required: bool, definitions: Schema) -> str:
    """One key, in one item of a list."""
    facts = [kind(rule, definitions)]
    if required:
        facts.append("required")
    elif "default" in rule and not rule.get("properties"):
        facts.append(f"default {code(rule['default'])}")
    return f"- **`{path}`** ({', '.join(facts)}): {rule['title']}. {rule['description']}{examples(rule)}"


def kind(rule: Schema, definitions: Schema) -> str:
    """What is accepted: a link to a kind of text, or the type with its limits."""
    for reference in (item["$ref"].rpartition("/")[2] for item in (rule, *rule.get("allOf", ())) if "$ref" in item):
        return f"[{definitions[reference]['title'].lower()}](#{reference})"
    if "enum" in rule:
        return "one of " + ", ".join(code(choice) for choice in rule["enum"])
    types = rule.get("type", [])
    words = " or ".join(TYPES[name] for name in ([types] if isinstance(types, str) else types)) or "anything"
    if "minimum" in rule:
        words += (
            f", {rule['minimum']} or more" if "maximum" not in rule else f", {rule['minimum']} to {rule['maximum']}"
        )
    if "items" in rule:
        words += of(rule["items"], definitions)
    elif isinstance(rule.get("additionalProperties"), dict) and not rule.get("properties"):
        words += of(rule["additionalProperties"], definitions)
    return words


def of(rule: Schema, definitions: Schema) -> str:
    """Of what a list or map is."""
    inner = kind(rule, definitions)
    return "" if inner == "anything" else " of maps" if inner == "map" else f" of {inner}"


def choices(rule: Schema) -> str:
    """The words of which a rule takes one, as a sentence; "" when it takes others too."""
    return f" One of {', '.join(code(choice) for choice in rule['enum'])}." if "enum" in rule else ""


def examples(rule: Schema) -> str:
    """The examples of a rule as a sentence, "" when it has none."""
    listed = rule.get("examples", ())
    return f" For example {', '.join(code(value) for value in listed)}." if listed else ""


def code(value: object) -> str:
    """A value as YAML takes it on one line."""
    text = json.dumps(value, ensure_ascii=False)
    return f"`` {text} ``" if "`" in text else f"`{text}`"


if __name__ == "__main__":
    main()
