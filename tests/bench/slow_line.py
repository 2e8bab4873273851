"""SlowLine: a phone's browser session as its tools see it, with a line as slow as one says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import CDPSession, Page

__all__ = ["Loaded", "SlowLine"]

# Of a weak 4G signal in a basement or at the edge of town.
BITS_PER_S, LATENCY_MS = 400_000, 300


@dataclass(frozen=True, slots=True)
class Loaded:
    """One answer: when it was complete, by the browser's clock, and bytes on the line."""

    path: str
    at_s: float
    bytes: int


@dataclass
class SlowLine:
    """What came over the line of a page since its last visit began."""

    session: CDPSession
    loaded: list[Loaded] = field(default_factory=list)
    begun_s: float = 0.0
    _paths: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, page: Page) -> SlowLine:
        """Take notes of what a page loads."""
        line = cls(page.context.new_cdp_session(page))
        line.session.on("Network.requestWillBeSent", line._note_asked)
        line.session.on("Network.loadingFinished", line._note_loaded)
        line.session.send("Network.enable")
        return line

    @contextmanager
    def slow(self) -> Iterator[None]:
        """Keep nothing, and let bytes pass as slowly as a weak signal does."""
        self.session.send("Network.clearBrowserCache")
        self._set(BITS_PER_S / 8, LATENCY_MS)
        yield
        self._set(-1, 0)

    def until(self, ms: float) -> tuple[Loaded, ...]:
        """Return what was complete within some time since the visit began."""
        return tuple(each for each in self.loaded if each.at_s <= self.begun_s + ms / 1e3)

    def _set(self, bytes_per_s: float, latency_ms: float) -> None:
        self.session.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": latency_ms, "downloadThroughput": bytes_per_s,
             "uploadThroughput": bytes_per_s},
        )  # fmt: skip

    def _note_asked(self, event: dict[str, Any]) -> None:
        if event.get("type") == "Document":
            self.loaded.clear()
            self.begun_s = event["timestamp"]
        self._paths[event["requestId"]] = event["request"]["url"]

    def _note_loaded(self, event: dict[str, Any]) -> None:
        path = self._paths.get(event["requestId"], "")
        self.loaded.append(Loaded(path, event["timestamp"], int(event["encodedDataLength"])))
