"""Which addresses a channel may lead to."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

#: IPv4 addresses inside IPv6 ones, behind a translator (RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet: neither private, loopback, link-local, shared, reserved nor
    multicast, nor an IPv6 address that stands for such an IPv4 one."""
    try:
        # A zone ("fe80::1%eth0") only belongs to link-local addresses.
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public(ip)


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _TRANSLATED:
            inner = IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return _is_public(inner)
    return ip.is_global and not ip.is_multicast
