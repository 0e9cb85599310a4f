"""What is done to the API's schema after drf-spectacular has made it."""

from __future__ import annotations

from typing import Any

from config.problems import MEDIA_TYPE

MEMBERS = (
    ("type", "string", "`about:blank`: the status says what kind of problem it is."),
    ("title", "string", "The status in words."),
    ("status", "integer", "The status."),
    ("code", "string", "What happened, as a word for programs."),
    ("detail", "string", "What happened, in a sentence for people."),
    ("instance", "string", "The path that was asked."),
    ("request_id", "string", "Leads to the lines in the log."),
)


def describe_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the problem detail to the schema, and name it as the answer to what can go wrong with every operation."""
    component: dict[str, Any] = {
        "type": "object",
        "description": "The body of every error (RFC 9457).",
        "properties": {name: {"type": kind, "description": text} for name, kind, text in MEMBERS},
        "required": [name for name, _kind, _text in MEMBERS],
    }
    component["properties"]["errors"] = {
        "type": "object",
        "description": "Messages by field.",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    }
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = component
    answer = {"description": "A problem", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for methods in result["paths"].values():
        for operation in methods.values():
            operation["responses"].setdefault("default", answer)
    return result


# The ranges of integer columns as databases have them; they say nothing of the values, and differ between the databases.
COLUMN_RANGES = frozenset({-(2**63), -(2**31), -(2**15), 2**15 - 1, 2**31 - 1, 2**63 - 1})


def forget_column_ranges(result: Any, **_: Any) -> Any:
    """Leave out limits that are a column's and not ours, so that the schema is the same on every database."""
    if isinstance(result, dict):
        column = {key for key in ("minimum", "maximum") if result.get(key) in COLUMN_RANGES}
        dropped = column | {"format"} if column and result.get("format") == "int64" else column
        return {key: forget_column_ranges(value) for key, value in result.items() if key not in dropped}
    if isinstance(result, list):
        return [forget_column_ranges(item) for item in result]
    return result
