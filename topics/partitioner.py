"""Which partition a key belongs to: Kafka's default partitioner, so that a key lands where it lands on Kafka."""

from struct import unpack_from

_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """MurmurHash2 of 32 bits (Austin Appleby, public domain) with the seed that Kafka's Java client uses."""
    length = len(data)
    words, tail = divmod(length, 4)
    h = _SEED ^ length
    for k in unpack_from(f"<{words}I", data):
        k = k * _M & _MASK
        h = (h * _M & _MASK) ^ ((k ^ k >> 24) * _M & _MASK)
    if tail:
        h = (h ^ int.from_bytes(data[-tail:], "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


def partition_of(key: bytes, partitions: int) -> int:
    """The partition, of so many, that a key belongs to."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
