"""How often one may try to log in: so that passwords cannot be guessed, by one client or by many."""

from functools import partial
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address

from api.call import Call
from api.errors import ApiError
from ingest.address import client_address, parse_networks
from stores.ports import Bucket

#: Attempts, by network of the client and by user: so many at once, and so many a second after that.
_BY_CLIENT = partial(Bucket, "log-in client", rate=20 / 60, capacity=20)
_BY_USER = partial(Bucket, "log-in user", rate=5 / 60, capacity=10)
#: Bits of an IPv6 address that name a customer's network (RFC 6177); the others one may choose oneself.
_NETWORK_BITS = 64


async def limit_attempts(call: Call, name: str) -> None:
    """Count an attempt to log in as ``name``, or with that secret.

    Raises:
        ApiError: 429, there were too many.
    """
    request = call.request
    trusted = parse_networks(call.api.settings.trusted_proxies)
    address = client_address(request.remote, request.headers.getall("X-Forwarded-For", []), trusted)
    buckets = [_BY_CLIENT(id=_number(network_of(address))), _BY_USER(id=_number(name.strip().lower()))]
    shortage = await call.api.limits.take(buckets, 1)
    if shortage is not None:
        wait = int((1 - shortage.tokens) / shortage.bucket.rate) + 1
        raise ApiError(
            429,
            "too_many_attempts",
            f"There were too many attempts. Try again in {wait} seconds.",
            headers={"Retry-After": str(wait)},
        )


def network_of(address: str) -> str:
    """What one client has to itself: an IPv4 address, or the network of an IPv6 address. Other text as it is."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{int(parsed) >> (128 - _NETWORK_BITS):x}::/{_NETWORK_BITS}"


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest())
