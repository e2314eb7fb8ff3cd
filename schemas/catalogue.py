"""The values of the topics, by the name that the topics' YAML files use, and their JSON Schemas."""

from collections.abc import Hashable, Mapping
from inspect import cleandoc
from typing import Any, TypeVar

import msgspec

from schemas import alerts, records, rules, sessions
from schemas.project import ProjectConfiguration
from schemas.triage import Decision, IssueMerge

K = TypeVar("K", bound=Hashable)

SCHEMAS: dict[str, Any] = {
    "FingerprintedEvent": records.FingerprintedEvent,
    "IssueChange": records.IssueChange,
    "Decision": Decision,
    "IssueMerge": IssueMerge,
    "ErrorCount": records.ErrorCount,
    "Outcomes": records.Outcomes,
    "ProjectConfiguration": ProjectConfiguration,
    "SessionReport": sessions.SessionReport,
    "SessionCount": sessions.SessionCount,
    "RuleConfiguration": rules.RuleConfiguration,
    "RuleMatches": rules.RuleMatches,
    "AlertEvent": alerts.AlertEvent,
}


def schema_of(value: Any) -> dict[str, Any]:
    """JSON Schema (2020-12) of a topic's value. A payload that is passed through unread may be any JSON."""
    schema: dict[str, Any] = _with_clean_descriptions(msgspec.json.schema(value, schema_hook=_any_json))
    return schema


def schemas_of(values: Mapping[K, Any], reference: str) -> tuple[dict[K, Any], dict[str, Any]]:
    """JSON Schemas of several values by name, and what they refer to by ``reference`` (with ``{name}`` in it)."""
    found, components = msgspec.json.schema_components(
        list(values.values()), schema_hook=_any_json, ref_template=reference
    )
    return dict(zip(values, found, strict=True)), _with_clean_descriptions(components)


def _any_json(kind: type) -> dict[str, Any]:
    if kind is msgspec.Raw:
        return {}
    raise NotImplementedError(kind)


def _with_clean_descriptions(schema: Any) -> Any:
    """Docstrings without their indentation, which CPython keeps up to 3.12 and removes from 3.13 on."""
    if isinstance(schema, list):
        return [_with_clean_descriptions(item) for item in schema]
    if isinstance(schema, dict):
        return {
            key: cleandoc(item)
            if key == "description" and isinstance(item, str)
            else _with_clean_descriptions(item)
            for key, item in schema.items()
        }
    return schema
