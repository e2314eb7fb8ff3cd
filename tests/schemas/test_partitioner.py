"""Keys land where they land on Kafka."""

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as kafka_murmur2
from hypothesis import given
from hypothesis import strategies as st

from topics.partitioner import murmur2, partition_of


@given(st.binary(max_size=70))
def test_the_hash_is_kafkas(key: bytes) -> None:
    assert murmur2(key) == kafka_murmur2(key)


@given(st.binary(max_size=40), st.integers(1, 50))
def test_the_partition_is_kafkas(key: bytes, partitions: int) -> None:
    everything = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, everything, everything)
