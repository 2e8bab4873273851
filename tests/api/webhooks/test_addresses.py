"""Where a call may go: every way to reach inside is refused."""

from __future__ import annotations

import socket
from ipaddress import ip_network
from typing import Any

import anyio
import pytest

from api.settings import Settings
from api.webhooks.addresses import Guard, Target, read_target
from api.webhooks.errors import RefusedAddressError

ANY_HOST = "0.0.0.0"  # noqa: S104  on Linux this machine, by another name


def names(**known: list[str]) -> Any:
    """Return a look-up that knows some names, and addresses as the system does."""

    def look_up(host: str, port: int, **how: Any) -> Any:
        if host not in known:
            return socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST, **how)
        return [(0, 0, 0, "", (address, port)) for address in known[host]]

    return look_up


def guard(*networks: str, **known: list[str]) -> Guard:
    return Guard(networks=tuple(map(ip_network, networks)), look_up=names(**known))


def refuses(url: str, *networks: str, **known: list[str]) -> bool:
    with pytest.raises(RefusedAddressError):
        guard(*networks, **known).check(url)
    return True


def addresses(target: Target, judged_by: Guard) -> list[str]:
    async def find() -> list[str]:
        return await judged_by.find_addresses(target)

    return anyio.run(find)


def test_a_public_host_may_be_called() -> None:
    target = guard(shop=["93.184.216.34", "2606:2800:220:1::1"]).check("https://shop/a?b=c")

    assert (target.scheme, target.host, target.port) == ("https", "shop", 443)
    assert target.path == "/a?b=c"


@pytest.mark.parametrize(
    "url",
    [
        "", "shop", "/a", "ftp://shop/", "file:///etc/passwd", "gopher://shop/", "https://",
        "http://shop/", "https://u:p@shop/", "https://u@shop/", "https://shop/#part",
        "https://shop:22/", "https://shop:25/", "https://shop:80/", "https://shop:0/",
        "https://shop:99999/", "https://shop/\x00", "https://shop/\n", "https://sh op/",
        "https://shop\ud800/", "https://" + "a" * 2_000, "https://shop/" + "路" * 400,
    ],
)  # fmt: skip
def test_what_is_no_good_address_is_refused(url: str) -> None:
    assert refuses(url, shop=["93.184.216.34"])


@pytest.mark.parametrize(
    "host",
    [
        # this machine, inside, links, clouds, groups, reserved
        "127.0.0.1", "127.8.9.1", ANY_HOST, "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.2.1", "198.18.0.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "[::]", "[::1]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]",
        "[fec0::1]", "[2001:db8::1]", "[100::1]",
        # addresses that carry another in themselves
        "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[64:ff9b::a00:1]",
        "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2001:0:53aa:64c::f5ff:fffe]",
        # other ways to write them
        "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "①②⑦.0.0.1",
        "127。0。0。1", "0x7f.0.0.0x1",
    ],
)  # fmt: skip
def test_an_address_inside_is_refused_however_it_is_written(host: str) -> None:
    assert refuses(f"https://{host}/")


def test_a_name_for_an_address_inside_is_refused() -> None:
    assert refuses("https://shop/", shop=["10.0.0.1"])


def test_one_address_inside_among_others_is_enough_to_refuse() -> None:
    assert refuses("https://shop/", shop=["93.184.216.34", "192.168.0.1"])


def test_a_name_nobody_knows_is_refused_in_the_same_words_as_one_inside() -> None:
    said = set()
    for url in ("https://10.0.0.1/", "https://unknown-name/"):
        with pytest.raises(RefusedAddressError) as refused:
            guard().check(url)
        said.add(str(refused.value))
    assert len(said) == 1


def test_a_network_the_settings_allow_may_be_called() -> None:
    target = read_target("https://10.20.0.7:8443/")
    assert addresses(target, guard("10.20.0.0/16")) == ["10.20.0.7"]
    assert refuses("https://10.21.0.7:8443/", "10.20.0.0/16")


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "100.100.100.200", ANY_HOST, "[fe80::1]", "[::ffff:a9fe:a9fe]"],
)
def test_what_gives_out_secrets_is_refused_whatever_is_allowed(host: str) -> None:
    assert refuses(f"https://{host}/", "0.0.0.0/0", "::/0")


def test_plain_http_goes_to_this_machine_only_where_that_is_allowed() -> None:
    assert addresses(read_target("http://127.0.0.1:8080/"), guard("127.0.0.0/8")) == ["127.0.0.1"]
    assert refuses("http://127.0.0.1:8080/")
    assert refuses("http://10.0.0.1:8080/", "10.0.0.0/8")
    assert refuses("http://shop:8080/", "127.0.0.0/8", shop=["93.184.216.34"])


def test_an_address_of_version_six_keeps_its_brackets_in_the_header() -> None:
    target = read_target("https://[2606:2800:220:1::1]:8443/")
    assert (target.host, target.authority) == (
        "2606:2800:220:1::1", "[2606:2800:220:1::1]:8443",
    )  # fmt: skip


def test_networks_are_a_list_of_words_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPLY_PLAN_WEBHOOK_NETWORKS", "10.20.0.0/16, fd12::/16")
    assert [str(network) for network in Settings().webhook_networks] == [
        "10.20.0.0/16", "fd12::/16",
    ]  # fmt: skip
