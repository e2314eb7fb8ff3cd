"""Projects."""

from api.call import Call
from api.models import Page, ProjectItem
from api.route import Route


async def list_projects(call: Call) -> Page:
    """The projects that the caller may see."""
    projects = await call.api.access.projects(call.token)
    return Page([ProjectItem(str(project.id), project.slug, project.name) for project in projects], None)


ROUTES = (Route("GET", "/api/v1/projects", list_projects, gives=Page),)
