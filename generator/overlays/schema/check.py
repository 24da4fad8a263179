"""Whether values have the right shape: jsonschema-rs judges, this module words what it found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind as Kind

from overlays import data
from overlays.model.finding import Problem
from overlays.model.plan import Pointer
from overlays.schema import words

MOST_SHOWN: Final = 200
"""Characters of what a validator says: it quotes what it does not like."""

RawText = Callable[[Pointer], "str | None"]
"""The text of a plain YAML scalar as the user wrote it; None for every other value."""


def schema_text(name: str) -> bytes:
    """The schema of that name ("values", "findings", "explain", …), as it is shipped."""
    return (data.root() / "schemas" / f"{name}.schema.json").read_bytes()


def problems(values: Mapping[str, Any], raw: RawText, name: str = "values") -> list[Problem]:
    """Everything in which merged values break the schema: at most one problem a value, and one a wrong key.

    name: of the schema; "lock" for what a lock file holds.
    """
    schema = json.loads(schema_text(name))
    validator = jsonschema_rs.Draft7Validator(schema)
    if validator.is_valid(values):
        return []
    found: dict[tuple[Pointer, str], Problem] = {}
    for error in sorted(validator.iter_errors(values), key=_rank):
        for problem in _explain(error, schema, raw):
            found.setdefault((problem.pointer, problem.at), problem)
    return list(found.values())


def first_break(document: object, name: str) -> tuple[Pointer, str] | None:
    """Where a document first breaks the schema of that name, and how, in a few words; None when it does not.

    Raises ValueError: the document holds what no JSON text can say.
    """
    error = next(jsonschema_rs.Draft7Validator(json.loads(schema_text(name))).iter_errors(document), None)
    if error is None:
        return None
    short = error.message if len(error.message) <= MOST_SHOWN else f"{error.message[:MOST_SHOWN]}…"
    return tuple(error.instance_path), short


def _rank(error: jsonschema_rs.ValidationError) -> int:
    # A number where text belongs also breaks the text's pattern; that it is no text is the thing to say.
    return 0 if error.kind.name == "type" else 1


def _explain(error: jsonschema_rs.ValidationError, schema: dict[str, Any], raw: RawText) -> Iterator[Problem]:
    pointer: Pointer = tuple(error.instance_path)
    rule = _rule(schema, list(error.schema_path))
    match error.kind:
        case Kind.AdditionalProperties(unexpected=keys):
            for key in keys:
                yield words.unknown_key(pointer, key, list(rule["properties"]))
        case Kind.Required(property=key):
            yield words.missing_key(pointer, key, rule["properties"][key])
        case Kind.PropertyNames(error=inner):
            yield words.bad_key(pointer, str(inner.instance), rule)
        case Kind.Type(types=types):
            yield words.wrong_type(pointer, error.instance, types, raw(pointer))
        case Kind.Maximum() | Kind.Minimum() | Kind.ExclusiveMaximum() | Kind.ExclusiveMinimum() | Kind.MinItems():
            yield words.out_of_range(pointer, error.instance, rule, raw(pointer))
        case Kind.Enum(options=options):
            yield words.not_a_choice(pointer, error.instance, options)
        case _:
            yield words.not_accepted(pointer, error.instance, rule)


def _rule(schema: dict[str, Any], path: list[Any]) -> dict[str, Any]:
    """The innermost described subschema on the way to the keyword that failed."""
    node: Any = schema
    rule = schema
    for part in path[:-1]:
        node = node[part]
        if isinstance(node, dict) and "description" in node:
            rule = node
    return rule
