"""What an index of events is: its settings and its mapping, which stay the same whatever events hold.

``dynamic`` is off and tags are one field of ``name`` and ``value`` pairs, so no event can add a field. Names of fields are
ClickHouse's columns. Of a document only what a list of events shows is kept; the rest is in the index alone.
"""

from typing import Any

from stores.search.syntax import BLANKS, WORD

#: Raise it with every change of ``index_template``. A change holds for the indices of the days that follow.
VERSION = 1

#: Between the name and the value of a tag. The language cannot name a tag that holds it, so such a tag is not indexed.
TAG_SEPARATOR = "\n"

#: Lucene takes terms of at most 32,766 bytes, and a UTF-16 unit is at most three bytes of UTF-8. Only a message or the value
#: of an exception can be longer, where thousands of its characters are outside the basic plane; it cannot be found by it.
LONGEST_KEYWORD = 10_922

#: Fields that are kept, to be shown.
SHOWN = (
    "project",
    "issue_id",
    "event_id",
    "received",
    "timestamp",
    "title",
    "culprit",
    "message",
    "level",
    "platform",
    "environment",
    "release",
    "user_key",
    "tags",
    "fingerprint",
)

#: Found by their whole value or a pattern of it, never sorted or summed up: without columns on the disk.
_KEYWORD = {"type": "keyword", "doc_values": False, "ignore_above": LONGEST_KEYWORD}
_KEPT_ONLY = {"type": "object", "enabled": False}
_KEYWORDS = (
    "project",
    "issue_id",
    "platform",
    "level",
    "logger",
    "release",
    "dist",
    "environment",
    "server_name",
    "sdk",
    "transaction",
    "title",
    "culprit",
    "message",
    "exception_types",
    "exception_values",
    "user_id",
    "user_email",
    "tag_pairs",
)


def index_template(name: str, shards: int, replicas: int) -> dict[str, Any]:
    """The composable index template of the indices ``name-YYYY.MM.DD``."""
    return {
        "index_patterns": [f"{name}-*"],
        "priority": 200,
        "version": VERSION,
        "template": {
            "settings": {
                "index": {
                    "number_of_shards": shards,
                    "number_of_replicas": replicas,
                    "refresh_interval": "1s",
                    # Patterns are at most a query long, each character of which may be escaped.
                    "max_regex_length": 10_000,
                    "analysis": _analysis(),
                }
            },
            "mappings": {
                "dynamic": False,
                "_source": {"includes": list(SHOWN)},
                "properties": _properties(),
            },
        },
    }


def _analysis() -> dict[str, Any]:
    """The search text is cut twice. ``words``: each word, and each character between words for itself, so that a phrase of
    them is exactly what was written. ``runs``: what stands between blanks, for patterns."""
    return {
        "tokenizer": {
            "words": {"type": "simple_pattern", "pattern": f"[{WORD}]+|[^{WORD}]"},
            "runs": {"type": "simple_pattern", "pattern": f"[^{BLANKS}]+"},
        },
        "analyzer": {
            "words": {"type": "custom", "tokenizer": "words"},
            "runs": {"type": "custom", "tokenizer": "runs"},
        },
    }


def _properties() -> dict[str, Any]:
    runs = {"type": "text", "analyzer": "runs", "norms": False, "index_options": "docs"}
    return {
        **dict.fromkeys(_KEYWORDS, _KEYWORD),
        "event_id": {"type": "keyword"},
        "timestamp": {"type": "long"},
        "received": _KEPT_ONLY,
        "user_key": _KEPT_ONLY,
        "tags": _KEPT_ONLY,
        "fingerprint": _KEPT_ONLY,
        "search_text": {"type": "text", "analyzer": "words", "norms": False, "fields": {"runs": runs}},
    }
