"""An address book: a real HTTP server on this machine that answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

WITHIN_S = 20.0


@dataclass
class AddressBook:
    """Answers every question alike, and keeps what it was asked."""

    url: str = ""
    status: int = 200
    answer: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    asked_with: list[dict[str, str]] = field(default_factory=list)
    # where it is late: what it waits for
    is_late: bool = False
    goes_on: Event = field(default_factory=Event)
    more_bytes: int = 0

    @property
    def body(self) -> bytes:
        written = (
            self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        )
        return written + b" " * self.more_bytes


@contextmanager
def running_address_book() -> Iterator[AddressBook]:
    """Give one that listens on a free port."""
    book = AddressBook()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            book.asked.append(self.path)
            book.asked_with.append({name.lower(): value for name, value in self.headers.items()})
            if book.is_late:
                book.goes_on.wait(WITHIN_S)
            try:
                self.send_response(book.status)
                for name, value in book.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(book.body)
            except OSError:  # who asked has gone
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        book.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield book
        book.goes_on.set()
        server.shutdown()
        thread.join()
