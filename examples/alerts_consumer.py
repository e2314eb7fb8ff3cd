"""Prints what fires, from a Kafka cluster: `pip install aiokafka`, then

    python alerts_consumer.py localhost:9092

Each alert comes at least once. Whoever acts on it remembers the ids that it has seen: a repeat has the same one.
"""

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer

TOPIC = "alerts-evaluated"


async def main(servers: str) -> None:
    """Follow the topic as the group `my-alerts`, from where it left off."""
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=servers,
        group_id="my-alerts",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    seen: set[str] = set()
    await consumer.start()
    try:
        async for record in consumer:
            event = json.loads(record.value)
            if event["id"] not in seen:
                seen.add(event["id"])
                alert = event["data"]
                print(
                    f"{event['time']} {alert['state']:8} {alert['severity']:8} {alert['title']}", flush=True
                )
            await consumer.commit()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
