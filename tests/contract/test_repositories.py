"""Where the source of projects is, on both databases."""

import pytest

from schemas.repository import Repository, SourceRoot
from stores.errors import StoreRejected


async def test_a_repository_is_replaced_as_a_whole_and_goes_with_its_project(operational_store):
    repositories = operational_store.repositories
    project = (await operational_store.add_project("shop")).id
    assert await repositories.get(project) == Repository()
    first = Repository("https://github.com/example/shop", roots=(SourceRoot("/srv/\u00fc", "src/"),))
    await repositories.put(project, first)
    assert await repositories.get(project) == first
    second = Repository("https://gitlab.com/example/shop", branch="main")
    await repositories.put(project, second)
    assert await repositories.get(project) == second
    await operational_store.remove_project(project, "somebody")
    with pytest.raises(StoreRejected, match="no project"):
        await repositories.put(project, first)
    await operational_store.removals.forget(project)
    assert await repositories.get(project) == Repository()
