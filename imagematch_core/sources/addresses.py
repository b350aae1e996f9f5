"""The public internet: which addresses belong to it."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_PROTOCOL_ASSIGNMENTS = IPv4Network("192.0.0.0/24")  # `is_global` in part, metadata of one cloud
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Return whether an IP address leads to the public internet.

    False for loopback, private, link-local, shared (carrier-grade NAT), multicast, reserved and
    unspecified addresses, as the IANA registries of special-purpose addresses have them, and for
    IPv6 addresses that carry such an IPv4 address (mapped, NAT64, 6to4) or a tunnel's (Teredo).
    """
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            carried = IPv4Address(int(address) & 0xFFFF_FFFF)
        if carried is None:
            return address.is_global and address in _GLOBAL_UNICAST
        address = carried
    return address.is_global and not address.is_multicast and address not in _PROTOCOL_ASSIGNMENTS
