"""Every route of the API, one module a subject. docs/api.md describes them."""

from api.route import Route
from api.routes import (
    artifacts,
    channels,
    configuration,
    deliveries,
    events,
    grouping,
    issues,
    openid,
    organisations,
    projects,
    rates,
    releases,
    sentry_cli,
    session,
    triage,
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
    *triage.ROUTES,
    *events.ROUTES,
    *rates.ROUTES,
    *releases.ROUTES,
    *sentry_cli.ROUTES,
    *channels.ROUTES,
    *deliveries.ROUTES,
)
