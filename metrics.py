"""Every Prometheus metric, in one catalogue. ``docs/metrics.md`` is generated from it, and a test fails when they differ."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

_LATENCY = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter("stacktide_edge_requests", "Requests at the edge.", ["route", "status"], registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "stacktide_edge_request_seconds",
    "Time to answer at the edge.",
    ["route"],
    buckets=_LATENCY,
    registry=REGISTRY,
)
OUTCOMES = Counter(
    "stacktide_outcomes", "What became of events and refused items.", ["outcome", "reason"], registry=REGISTRY
)
SPOOL_RECORDS = Gauge(
    "stacktide_spool_records",
    "Records on the edge's disk that wait for Kafka.",
    ["topic"],
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
SPOOL_BYTES = Gauge(
    "stacktide_spool_bytes",
    "Size of the edge's spool on disk.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
SPOOL_DRAINED = Counter(
    "stacktide_spool_drained", "Records that went from the spool to the log.", ["topic"], registry=REGISTRY
)
REDIS_FAILURES = Counter(
    "stacktide_edge_redis_failures",
    "Times that the edge, or the API at a log-in, went on without Redis, which was away or slow.",
    ["use"],
    registry=REGISTRY,
)
AGENT_RECORDS = Counter(
    "stacktide_agent_records", "Records that an agent took.", ["agent"], registry=REGISTRY
)
AGENT_BATCHES = Counter(
    "stacktide_agent_batches", "Batches that an agent took.", ["agent"], registry=REGISTRY
)
AGENT_SECONDS = Counter(
    "stacktide_agent_step_seconds",
    "CPU time of an agent's own code, in seconds.",
    ["agent"],
    registry=REGISTRY,
)
AGENT_LAG = Gauge("stacktide_agent_lag", "Records not yet consumed.", ["agent", "topic"], registry=REGISTRY)
AGENT_RETRIES = Counter(
    "stacktide_agent_retries", "Times that an agent waited for a store.", ["agent"], registry=REGISTRY
)
SYMBOLICATED_EVENTS = Counter(
    "stacktide_symbolicated_events",
    "Events of minified or obfuscated programs, by whether all, some or none of their maps could be used.",
    ["maps"],
    registry=REGISTRY,
)
DLQ_RECORDS = Counter(
    "stacktide_dlq_records", "Records put aside as bad.", ["agent", "topic"], registry=REGISTRY
)
ALERTS = Counter(
    "stacktide_alerts",
    "Alerts sent to alerts-evaluated, repeats after a crash among them.",
    ["kind", "state"],
    registry=REGISTRY,
)
RULE_SCOPES_IGNORED = Counter(
    "stacktide_rule_scopes_ignored",
    "Times that an event was left out by a rule that looks at too many scopes apart.",
    registry=REGISTRY,
)
OFFSETS_OUT_OF_RANGE = Counter(
    "stacktide_offsets_out_of_range",
    "Times a stage could not go on at its committed offset, since Kafka no longer has that record.",
    ["topic"],
    registry=REGISTRY,
)
STAGE_RESTARTS = Counter(
    "stacktide_stage_restarts", "Times a stage began again after a failure.", ["stage"], registry=REGISTRY
)
NOTIFICATIONS = Counter(
    "stacktide_notifications",
    "Deliveries that ended (delivered, refused, expired), and attempts that are made again (unavailable).",
    ["kind", "outcome"],
    registry=REGISTRY,
)
NOTIFICATION_SECONDS = Histogram(
    "stacktide_notification_seconds",
    "Time of one attempt to send a message.",
    ["kind"],
    buckets=_LATENCY,
    registry=REGISTRY,
)
NOTIFICATIONS_PENDING = Gauge(
    "stacktide_notifications_pending",
    "Deliveries that wait, as any process that sends sees all of them.",
    ["kind"],
    registry=REGISTRY,
)
API_REQUESTS = Counter(
    "stacktide_api_requests", "Requests at the API.", ["route", "status"], registry=REGISTRY
)
API_SECONDS = Histogram(
    "stacktide_api_request_seconds",
    "Time to answer at the API.",
    ["route"],
    buckets=_LATENCY,
    registry=REGISTRY,
)
LOG_APPENDS = Counter(
    "stacktide_log_appends", "Records appended to the embedded log.", ["topic"], registry=REGISTRY
)
LOG_COMMIT_SECONDS = Histogram(
    "stacktide_log_commit_seconds", "Time of one group commit.", buckets=_LATENCY, registry=REGISTRY
)
LOG_BYTES = Gauge("stacktide_log_bytes", "Size of the embedded log on disk.", ["topic"], registry=REGISTRY)
