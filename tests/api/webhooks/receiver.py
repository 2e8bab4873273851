"""A receiver of call-backs: a real HTTP server on this machine that answers as it is told."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from standardwebhooks import Webhook as Verifier

WITHIN_S = 20.0


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: str

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    def verified_by(self, secret: str) -> Any:
        """Return the contents; raises where the signature is not good."""
        return Verifier(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Answers with the statuses it is given, one after the other, and with 204 from then on."""

    url: str = ""
    port: int = 0
    statuses: list[int] = field(default_factory=list)
    answer_headers: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    connections: set[tuple[str, int]] = field(default_factory=set)
    # where it is blocked: set once something has come in, and what it waits for
    came: Event = field(default_factory=Event)
    goes_on: Event = field(default_factory=Event)
    is_blocked: bool = False
    body_parts: int = 0

    @property
    def kinds(self) -> list[str]:
        return [json.loads(each.body)["type"] for each in self.received]

    def block(self) -> None:
        """Answer nobody until `goes_on` is set."""
        self.is_blocked = True

    def take(self, received: Received) -> int:
        status = self.statuses.pop(0) if self.statuses else 204
        self.received.append(received)
        self.came.set()
        if self.is_blocked:
            self.goes_on.wait(WITHIN_S)
        return status


@contextmanager
def running_receiver(
    tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[Receiver]:
    """Give a receiver that listens on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            receiver.connections.add(self.client_address)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(Received(self.path, headers, body))
            try:
                self.answer(status)
            except OSError:  # who waited for it has gone
                self.close_connection = True

        def answer(self, status: int) -> None:
            self.send_response(status)
            for name, value in receiver.answer_headers.items():
                self.send_header(name, value)
            if receiver.body_parts:
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for _ in range(receiver.body_parts):
                    self.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                self.wfile.write(b"0\r\n\r\n")
                return
            self.send_header("Content-Length", "0") if status != 204 else None
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a handshake that was broken off

    with Server((host, 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        receiver.port = server.server_port
        scheme = "http" if tls is None else "https"
        receiver.url = f"{scheme}://{host}:{receiver.port}/call-backs"
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield receiver
        receiver.goes_on.set()
        server.shutdown()
        thread.join()
