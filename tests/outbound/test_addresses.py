"""Which addresses are public, in every spelling."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.outbound.addresses import EgressPolicy, is_public, normal_host, resolve, spelled_out

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001:82b::200e", "64:ff9b::808:808",
          "::ffff:8.8.8.8"]  # fmt: skip
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1",
    "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:a00:1",
]  # fmt: skip


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_everything_else_is_not(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_judged_the_same_inside_ipv6(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    translated = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | number)
    assert is_public(mapped) == is_public(translated) == is_public(plain)


@given(st.ip_addresses())
def test_nothing_is_public_that_the_standard_library_calls_private(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
        assert mapped or not is_public(address)


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    "spelling", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "0x7f.1", "localhost"]
)
def test_odd_spellings_are_judged_as_the_address_they_mean(spelling: str) -> None:
    addresses = resolve(spelling, 80)
    assert addresses
    assert not EgressPolicy().allows(spelling, addresses)


@pytest.mark.enable_socket
@pytest.mark.parametrize("host", ["", ".", "a" * 70 + ".example", "nonexistent.invalid", "a..b"])
def test_what_cannot_be_resolved_is_an_oserror(host: str) -> None:
    with pytest.raises(OSError):
        resolve(host, 80)


def test_one_bad_address_among_good_ones_spoils_the_name() -> None:
    addresses = [ipaddress.ip_address("8.8.8.8"), ipaddress.ip_address("10.0.0.1")]
    assert not EgressPolicy().allows("mixed.example", addresses)
    assert EgressPolicy().allows("mixed.example", addresses[:1])


def test_the_allow_list_takes_names_addresses_and_networks() -> None:
    policy = EgressPolicy(allowed_hosts=("NAS.example", "192.168.7.4", "10.1.0.0/16", "fd12::/32"))
    nowhere = [ipaddress.ip_address("172.16.0.1")]
    assert policy.allows("nas.example.", nowhere)
    assert not policy.allows("other.example", nowhere)
    assert policy.allows("x.example", [ipaddress.ip_address("192.168.7.4")])
    assert not policy.allows("x.example", [ipaddress.ip_address("192.168.7.5")])
    assert policy.allows("x.example", [ipaddress.ip_address("10.1.255.1"), ipaddress.ip_address("fd12::1")])
    assert not policy.allows("x.example", [ipaddress.ip_address("10.1.0.1"), ipaddress.ip_address("10.2.0.1")])


def test_private_networks_can_be_allowed_as_a_whole() -> None:
    assert EgressPolicy(allow_private_networks=True).allows("x", [ipaddress.ip_address("127.0.0.1")])


@pytest.mark.parametrize(
    ("host", "normal"), [("[::1]", "::1"), ("Example.COM.", "example.com"), ("fe80::1%eth0", "fe80::1"), ("a..", "a")]
)
def test_hosts_are_compared_in_one_form(host: str, normal: str) -> None:
    assert normal_host(host) == normal


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("0x7f.1", "127.0.0.1"), ("0177.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"), ("fe80::1%eth0", "fe80::1"), ("LOCALHOST.", "127.0.0.1"), ("a.localhost", "127.0.0.1"),
        ("8.8.8.8", "8.8.8.8"),
    ],
)  # fmt: skip
def test_addresses_that_are_plain_to_see(host: str, address: str) -> None:
    assert [str(found) for found in spelled_out(host)] == [address]


@pytest.mark.parametrize("host", ["", "example.com", "localhost.example", "gr\u00fc\u00dfe.example", "a\x00"])
def test_names_are_for_the_resolver(host: str) -> None:
    assert spelled_out(host) == []
