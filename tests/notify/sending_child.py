"""A process that sends what is queued in a store, until it is killed. Arguments: the store's address."""

import asyncio
import sys

from agents.notify.dispatch import Dispatcher
from settings import Settings
from stores.operational import SqlOperationalStore
from stores.vault import Vault

KEY = "a key for the test that kills"


async def main() -> None:
    store = SqlOperationalStore(sys.argv[1], vault=Vault([KEY]))
    # As the embedded mode does at its start.
    await store.sending.forget_leases()

    async def no_trend(told: object) -> tuple[int, ...]:
        return ()

    print("sending", flush=True)
    await Dispatcher(Settings(notify_private_addresses=True), store, no_trend).run()


if __name__ == "__main__":
    asyncio.run(main())
