"""Every route of the API, one module a subject. docs/api.md describes them."""

from api.route import Route
from api.routes import (
    alert_stream,
    alerts,
    artifacts,
    configuration,
    contracts,
    events,
    grouping,
    issues,
    openid,
    organisations,
    projects,
    rates,
    releases,
    rules,
    session,
)

ROUTES: tuple[Route, ...] = (
    *session.ROUTES,
    *openid.ROUTES,
    *organisations.ROUTES,
    *projects.ROUTES,
    *configuration.ROUTES,
    *grouping.ROUTES,
    *artifacts.ROUTES,
    *issues.ROUTES,
    *events.ROUTES,
    *rates.ROUTES,
    *releases.ROUTES,
    *rules.ROUTES,
    *alerts.ROUTES,
    *alert_stream.ROUTES,
    *contracts.ROUTES,
)
