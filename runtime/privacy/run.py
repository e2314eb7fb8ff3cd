"""Works off the requests to erase, one after the other, and applies the projects' own retention."""

import asyncio
import time
import uuid
from datetime import UTC, datetime

import structlog

from runtime.context import Context
from runtime.privacy.erase import erase_person, erase_project, remainders
from runtime.privacy.settled import Settling
from runtime.privacy.subject import Person
from runtime.retention import apply_project_retention
from schemas.privacy import Receipt
from settings import SettingError
from stores.errors import StoreError, StoreUnavailable
from stores.operational.erasures import ClaimedErasure

log = structlog.get_logger(__name__)

_INTERVAL = 1.0
_RETENTION_INTERVAL = 3600.0
#: How long a request belongs to whoever works on it, from its last step on, in seconds.
LEASE = 60.0
#: Seconds after a request until which a replay that did not know of it yet has sent what it was about to send.
_REPLAYS_KNOW = 2.0


async def run_privacy(context: Context) -> None:
    """Work until cancelled. In a cluster every process of the API runs this; one at a time works on a request."""
    due = 0.0
    while True:
        try:
            await work_off_erasures(context)
            if time.monotonic() >= due:
                due = time.monotonic() + _RETENTION_INTERVAL
                await apply_project_retention(context, datetime.now(UTC).timestamp())
        except (StoreError, SettingError) as error:
            log.warning("erasure_waits", error=str(error))
        await asyncio.sleep(_INTERVAL)


async def work_off_erasures(context: Context) -> int:
    """Do every request that waits; returns how many were done. One that fails waits for its turn again."""
    done = 0
    while claimed := await context.operational.erasures.claim(uuid.uuid4().hex, LEASE):
        try:
            await _erase(context, claimed)
            done += 1
        except Exception as error:
            # A request must not be lost, nor keep the others from theirs, whatever it fails of.
            log.warning("erasure_failed", erasure=claimed.id, project=claimed.project, error=str(error))
            await context.operational.erasures.put_back(claimed, f"{type(error).__name__}: {error}"[:500])
    return done


async def _erase(context: Context, claimed: ClaimedErasure) -> None:
    erasures, started = context.operational.erasures, time.time()

    async def progress(step: int, steps: int) -> None:
        if not await erasures.advance(claimed, step, steps, LEASE):
            raise StoreUnavailable("Another process has gone on with this erasure.")

    await progress(0, 0)
    delay = context.settings.key_cache_ttl if claimed.subject is None else 0.0
    await asyncio.sleep(max(0.0, claimed.requested + max(delay, _REPLAYS_KNOW) - time.time()))
    since = time.time()
    settling = Settling(context)
    while waiting := await settling.waits_for():
        log.info("erasure_waits", erasure=claimed.id, reason=waiting)
        await progress(0, 0)
        await asyncio.sleep(_INTERVAL)
    if claimed.subject is None:
        erased = await erase_project(context, claimed.project, progress)
        await context.operational.removals.forget(claimed.project)
    else:
        scrubbing = (await context.operational.configurations.get(claimed.project)).scrubbing
        person = Person(claimed.subject, scrubbing.hash_key)
        erased = await erase_person(context, claimed.project, person, progress)
    receipt = Receipt(erased, started, time.time(), remainders(since))
    await erasures.finish(claimed, receipt)
    log.info("erased", erasure=claimed.id, project=claimed.project, **erased)
