"""IP addresses cut to their network."""

import ipaddress

#: Bits cut off an IPv4 address (a /24 is left) and an IPv6 address (a /48): what names a network, not who is in it.
_CUT_4 = 8
_CUT_6 = 80


def truncated(address: str) -> str:
    """The first address of the /24 or the /48 around an address; nothing for what is no address.

    An IPv4 address in an IPv6 one (``::ffff:203.0.113.9``) is cut as IPv4.
    """
    try:
        known = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is None:
            return str(ipaddress.IPv6Address(int(known) >> _CUT_6 << _CUT_6))
        known = known.ipv4_mapped
    return str(ipaddress.IPv4Address(int(known) >> _CUT_4 << _CUT_4))
