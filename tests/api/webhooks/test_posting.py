"""One message to one address, over real connections on this machine."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import anyio
import httpcore2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from api.webhooks.addresses import Guard, read_target
from api.webhooks.posting import Outcome, Poster
from tests.api.webhooks.conftest import THIS_MACHINE
from tests.api.webhooks.receiver import Receiver, running_receiver

HEADERS = {"webhook-id": "event-1"}


def post(url: str, poster: Poster, times: int = 1) -> list[Outcome]:
    async def send() -> list[Outcome]:
        target = read_target(url)
        async with poster.connections(target, is_inside=True) as connections:
            return [await poster.post(connections, target, "{}", HEADERS) for _ in range(times)]

    return anyio.run(send)


def posted(url: str, *, guard: Guard = THIS_MACHINE, timeout_s: float = 10.0) -> Outcome:
    return post(url, Poster(guard=guard, timeout_s=timeout_s))[0]


def names(*answers: str) -> Any:
    """Return a look-up whose one name stands for another address each time."""
    left = list(answers)
    return lambda _host, port, **_how: [(0, 0, 0, "", (left.pop(0), port))]


def test_an_answer_of_the_two_hundreds_is_heard(receiver: Receiver) -> None:
    assert posted(receiver.url) == Outcome(status=204)
    assert json.loads(receiver.received[0].body) == {}
    assert receiver.received[0].headers["content-type"] == "application/json"


def test_several_messages_use_one_connection(receiver: Receiver) -> None:
    post(receiver.url, Poster(guard=THIS_MACHINE, timeout_s=10.0), times=3)
    assert (len(receiver.received), len(receiver.connections)) == (3, 1)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(
    receiver: Receiver, other_receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]
    receiver.answer_headers = {"Location": other_receiver.url}
    outcome = posted(receiver.url)

    assert (outcome.status, outcome.is_delivered) == (status, False)
    assert not other_receiver.received


def test_an_answer_without_end_is_not_read(receiver: Receiver) -> None:
    receiver.statuses, receiver.body_parts = [200], 200
    assert posted(receiver.url).is_delivered


def test_who_never_answers_is_left_after_a_time(receiver: Receiver) -> None:
    receiver.block()
    outcome = posted(receiver.url, timeout_s=0.05)
    assert outcome == Outcome(status=None, error="no answer within 0.05 s")


def test_a_look_up_that_takes_too_long_is_left(receiver: Receiver) -> None:
    def look_up(*_args: Any, **_how: Any) -> Any:
        receiver.goes_on.wait(20.0)
        return []

    guard = Guard(networks=THIS_MACHINE.networks, look_up=look_up)
    outcome = posted("https://shop:8443/", guard=guard, timeout_s=0.05)
    receiver.goes_on.set()
    assert outcome.status is None


def test_where_nobody_listens_there_is_no_answer() -> None:
    with running_receiver() as gone:
        url = gone.url
    outcome = posted(url)
    assert outcome.status is None
    assert "ConnectError" in str(outcome.error)


def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, other_receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{other_receiver.port}")
    assert posted(receiver.url).is_delivered
    assert not other_receiver.received


# Names that stand for something else now ------------------------------------------------------


def test_a_name_that_moves_inside_after_the_check_is_refused(receiver: Receiver) -> None:
    guard = Guard(look_up=names("93.184.216.34", "127.0.0.1"))
    url = f"https://shop:{receiver.port}/"
    guard.check(url)  # as it was when the webhook was made

    assert "public internet" in str(posted(url, guard=guard).error)
    assert not receiver.connections


def test_the_connection_goes_to_the_very_address_that_was_judged() -> None:
    # the second look-up would lead elsewhere: there is none
    with running_receiver(host="127.0.0.2") as receiver:
        guard = Guard(
            networks=(ip_network("127.0.0.2/32"),), look_up=names("127.0.0.2", "10.0.0.1")
        )
        outcome = posted(f"http://shop:{receiver.port}/", guard=guard)

    assert outcome.is_delivered
    assert receiver.received[0].headers["host"] == f"shop:{receiver.port}"


# TLS ------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str) -> Path:
    """Write a certificate for a name with its key, and return its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.9"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "receiver.pem"
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + plain)
    return path


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path, "shop")


@pytest.fixture
def tls_receiver(pem: Path) -> Iterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with running_receiver(context) as running:
        yield running


def tls_poster(pem: Path | None) -> Poster:
    guard = Guard(
        networks=THIS_MACHINE.networks, look_up=lambda _h, p, **_: [(0, 0, 0, "", ("127.0.0.1", p))]
    )
    tls = httpcore2.default_ssl_context()
    if pem is not None:
        tls.load_verify_locations(pem)
    return Poster(guard=guard, timeout_s=10.0, tls=tls)


def test_a_receiver_with_a_good_certificate_is_told(tls_receiver: Receiver, pem: Path) -> None:
    assert post(f"https://shop:{tls_receiver.port}/", tls_poster(pem))[0].is_delivered


def test_a_certificate_nobody_knows_is_no_good(tls_receiver: Receiver) -> None:
    outcome = post(f"https://shop:{tls_receiver.port}/", tls_poster(None))[0]
    assert "certificate verify failed" in str(outcome.error)
    assert not tls_receiver.received


def test_a_certificate_of_another_name_is_no_good(tls_receiver: Receiver, pem: Path) -> None:
    outcome = post(f"https://other:{tls_receiver.port}/", tls_poster(pem))[0]
    assert "certificate verify failed" in str(outcome.error)
    assert not tls_receiver.received
