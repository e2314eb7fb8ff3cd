"""The client's address. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from settings import SettingError

Network = IPv4Network | IPv6Network


def parse_networks(setting: str) -> tuple[Network, ...]:
    """The networks of the setting ``trusted_proxies``.

    Raises:
        SettingError: one of them is not a network.
    """
    try:
        return tuple(ip_network(part.strip(), strict=False) for part in setting.split(",") if part.strip())
    except ValueError as error:
        raise SettingError(
            f"STACKTIDE_TRUSTED_PROXIES is {setting!r}, but takes networks such as 10.0.0.0/8,::1: {error}."
        ) from error


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of the client, empty where it is not known.

    ``forwarded`` are the values of X-Forwarded-For, each a list to which every proxy adds the address that it
    saw at the right. So the client is the rightmost that is no trusted proxy; what stands left of it is
    anybody's claim.
    """
    if not peer or not trusted or not _is_trusted(peer, trusted):
        return peer or ""
    address = peer
    for hop in reversed(",".join(forwarded).split(",")):
        parsed = _parse(hop)
        if parsed is None:
            break
        address = str(parsed)
        if not _is_trusted(address, trusted):
            break
    return address


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
