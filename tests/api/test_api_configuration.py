"""Reading and changing a project's configuration."""

import io
import json

from tests.api.conftest import NARROW, WRITER

PATH = "/projects/1/configuration"


async def change(served, body, expect=200, token="token-of-all"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = await served.client.patch(
        f"/api/v1{PATH}", data=io.BytesIO(data), headers={"Authorization": f"Bearer {token}"}
    )
    answer = await response.json()
    assert response.status == expect, answer
    return answer if expect == 200 else answer["error"]


async def test_a_part_is_changed_and_the_others_stay(served):
    assert (await served.get(PATH))["version"] == 0
    await change(served, {"filters": {"releases": ["*-dev"]}})
    after = await change(served, {"scrubbing": {"sensitive_keys": ["account"]}, "version": 1})
    assert after["version"] == 2
    assert after["filters"]["releases"] == ["*-dev"]
    assert await served.get(PATH) == after
    refused = await change(served, {"filters": {}, "version": 1}, expect=409)
    assert refused["detail"] == {"version": 2}


async def test_what_cannot_be_used_is_refused_with_the_reason(served):
    for body, says in [
        (b"{", "not JSON"),
        ({"filter": {}}, "unknown field `filter`"),
        ({"filters": {"networks": ["10.0.0.0/33"]}}, "10.0.0.0/33"),
        ({"scrubbing": {"rules": [{"name": "x", "pattern": "("}]}}, "("),
        ({"filters": {"least_level": "loud"}}, "$.filters.least_level"),
    ]:
        assert says in (await change(served, body, expect=400))["message"]
    assert (await change(served, {"filters": {"errors": ["x" * 1_100_000]}}, expect=413))[
        "code"
    ] == "too_large"
    assert (await served.get(PATH))["version"] == 0


async def test_it_takes_the_scope_and_the_project(served):
    assert (await change(served, {}, expect=403, token=NARROW))["code"] == "missing_scope"
    await served.get(PATH, token=NARROW, expect=404)
    await served.get(PATH, token=WRITER, expect=403)
