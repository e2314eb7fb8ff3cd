"""Structured logs: JSON for machines, coloured lines on a terminal. Faust's own messages come out in the same form."""

import logging
import sys
from typing import Any

import structlog

#: Without the values of local variables: they may be parts of events, that is, personal data and secrets.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


#: Seconds for which the Kafka client does not say the same again.
_PAUSE = 10.0


def configure_logging(level: str = "info", form: str = "auto") -> None:
    """Send all logs to standard error in one form.

    ``level`` is debug, info, warning or error; ``form`` is json, console or auto (console on a terminal).
    """
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Any] = (
        [_TRACEBACKS, structlog.processors.JSONRenderer()]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    handler.addFilter(_leave_out_services)
    handler.addFilter(_NotAllAtOnce())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("faust", "mode", "aiokafka", "clickhouse_connect", "alembic", "aiosqlite"):
        logging.getLogger(chatty).setLevel(max(root.level, logging.WARNING))
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    # It tells every failed request with a traceback; the stores say what failed.
    logging.getLogger("opensearch").setLevel(logging.ERROR)


class _NotAllAtOnce(logging.Filter):
    """While a broker is away the Kafka client says so ten times a second, for each of its connections."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("aiokafka"):
            return True
        message = str(record.msg)
        if record.created - self._said.get(message, 0.0) < _PAUSE:
            return False
        self._said[message] = record.created
        return True


def _leave_out_services(record: logging.LogRecord) -> bool:
    """Faust's services say whenever one starts or stops, dozens at each start, under the names of our modules."""
    return record.levelno >= logging.WARNING or not str(record.msg).startswith("[^")
