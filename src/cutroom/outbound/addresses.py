"""Which addresses may be connected to: pure rules over addresses, and the resolving of a name to pinned addresses.

A name is resolved once, every address it has is judged, and the connection goes to one of exactly these addresses,
so a second answer of a hostile name server (DNS rebinding) is never asked for.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Ranges the standard library calls global (in some Python version) although nothing public answers there, or although
# they carry another address inside that nobody has judged.
_NEVER_PUBLIC: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # a cloud's host services, reachable from its guests only
        "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


def is_public(address: IpAddress) -> bool:
    """Whether an address belongs to the public internet, seen through the IPv6 notations that carry an IPv4 address.

    >>> is_public(ipaddress.ip_address("::ffff:127.0.0.1"))
    False
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if _isatap(address):
            return False
    if any(address.version == network.version and address in network for network in _NEVER_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _isatap(address: ipaddress.IPv6Address) -> bool:
    """Interface identifiers ``[02]00:5efe:a.b.c.d`` are tunnelled to the IPv4 address inside."""
    return (int(address) >> 32) & 0xFDFF_FFFF == 0x0000_5EFE


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """Where connections may go. The default is the public internet only.

    ``allowed_hosts`` opens single names, addresses or networks (``nas.example``, ``192.168.7.4``, ``10.1.0.0/16``)
    to an operator who keeps media on the local network; a name in it is allowed whatever it resolves to.
    """

    allow_private_networks: bool = False
    allowed_hosts: tuple[str, ...] = ()

    def allows(self, host: str, addresses: Iterable[IpAddress]) -> bool:
        """True when every one of the addresses of ``host`` may be connected to."""
        if self.allow_private_networks or normal_host(host) in {normal_host(entry) for entry in self.allowed_hosts}:
            return True
        networks = [network for entry in self.allowed_hosts if (network := _network(entry)) is not None]
        return all(
            is_public(address) or any(address.version == net.version and address in net for net in networks)
            for address in addresses
        )


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def normal_host(host: str) -> str:
    """A host as compared and resolved: lower case, no brackets, no closing dots, no IPv6 zone."""
    return host.strip().strip("[]").split("%", 1)[0].rstrip(".").lower()


def spelled_out(host: str) -> list[IpAddress]:
    """The addresses that a host means without anybody being asked, in any spelling; none for other names.

    >>> spelled_out("2130706433")
    [IPv4Address('127.0.0.1')]
    """
    name = normal_host(host)
    if name == "localhost" or name.endswith(".localhost"):
        return [ipaddress.IPv4Address("127.0.0.1")]
    try:
        return [ipaddress.ip_address(name)]
    except ValueError:
        pass
    try:
        return [ipaddress.IPv4Address(socket.inet_aton(name))]
    except (OSError, ValueError):
        return []


def resolve(host: str, port: int) -> list[IpAddress]:
    """All addresses of a host in the order the system prefers them; ``OSError`` when there are none.

    The system's resolver also reads the odd spellings (``2130706433``, ``0x7f.1``, ``0177.0.0.1``), so they are judged
    as the addresses they mean.
    """
    name = normal_host(host)
    if not name:
        msg = "no host"
        raise OSError(msg)
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # labels that are empty or too long
        raise OSError(str(error)) from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).split("%", 1)[0]) for entry in found]
    return list(dict.fromkeys(addresses))
