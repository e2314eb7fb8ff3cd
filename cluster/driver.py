"""Faust's transport on Kafka: ``cluster://`` in ``faust.App(broker=…)``. Where Kafka is and how to reach it, the settings say.

Registered as ``cluster`` in the entry-point group ``faust.transports``. It is faust-streaming's own aiokafka driver, with the
consumer loop of ``agents/draining.py`` and the producer of ``cluster/sender.py`` in the place of its own.
"""

from faust.transport.drivers import aiokafka as stock

from agents.draining import DrainingFetcher
from cluster.consumer import Consumer
from cluster.producer import Producer

BROKER = "cluster://"


class Transport(stock.Transport):  # type: ignore[misc]
    """Kafka as a Faust transport."""

    Consumer = Consumer
    Producer = Producer
    Fetcher = DrainingFetcher
