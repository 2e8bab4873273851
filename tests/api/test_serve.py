from __future__ import annotations

import io
import logging
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import clock
from api import warm_up as warming
from api.commands.listening import listen
from api.commands.serve import serve_grids
from api.error_kinds import NotReadyError, UnknownGridError
from api.logs import configure_logs
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from grid_models.errors import InputError
from planner.assistant import make_plan
from planner.plan import SupplyPlan
from tests.api.commands import run
from tests.api.grids import shop_grid


def test_a_port_that_is_taken_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"127\.0\.0\.1:{port}.*--port"):
            serve_grids(ServedGrids([]), host="127.0.0.1", port=port)


def test_an_answer_leaves_before_the_caller_has_acknowledged_its_headers() -> None:
    with (
        listen("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as taken,
    ):
        assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, while a server or a test sets up the log of the whole process."""
    root, hook, written = logging.getLogger(), threading.excepthook, io.StringIO()
    handlers, level = list(root.handlers), root.level
    configure_logs("info", written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    threading.excepthook = hook


@pytest.mark.usefixtures("log")
def test_a_server_whose_grids_cannot_be_made_ready_ends_with_a_fault(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def warm_up() -> None:
        raise MemoryError("no room")

    with pytest.raises(RuntimeError, match="not ready"):
        serve_grids(ServedGrids([shop_grid()], warm_up=warm_up), host="127.0.0.1", port=0)

    assert "no room" in capfd.readouterr().err


def test_a_thread_that_is_ended_by_a_fault_is_logged(log: io.StringIO) -> None:
    def end() -> None:
        raise MemoryError("no room")

    thread = Thread(target=end, name="doomed")
    thread.start()
    thread.join()

    assert "thread doomed" in log.getvalue()
    assert "no room" in log.getvalue()


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_that_is_none_exits_2(port: int) -> None:
    assert run("serve", "--grid", "nowhere", "--port", port).exit_code == 2


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPLY_PLAN_MAX_BODY_BYTES", "5")
    assert Settings().max_body_bytes == 5


def test_today_is_the_day_in_shanghai() -> None:
    ahead = clock.today() - datetime.now(UTC).date()  # eight hours ahead: the same day or the next
    assert ahead.days in (0, 1)


def test_the_same_grid_given_twice_is_served_once() -> None:
    served = ServedGrids([shop_grid(), shop_grid()])
    served.prepare()
    assert len(served.all()) == 1
    assert served.find(None).version == shop_grid().version


def test_nothing_is_found_before_it_is_prepared() -> None:
    with pytest.raises(NotReadyError):
        ServedGrids([shop_grid()]).find(None)


def test_what_is_not_served_is_not_found() -> None:
    served = ServedGrids([shop_grid()])
    served.prepare()
    with pytest.raises(UnknownGridError, match="nowhere"):
        served.find("nowhere")


def test_it_lives_while_it_warms_up_and_is_ready_afterwards() -> None:
    may_end, has_begun = Event(), Event()

    def warm_up() -> None:
        has_begun.set()
        assert may_end.wait(60)

    served = ServedGrids([shop_grid()], warm_up=warm_up)
    with TestClient(create_app(Settings(), served)) as client:
        assert has_begun.wait(60)
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        may_end.set()
        assert served.wait(60)
        assert client.get("/readyz").status_code == 200


def test_the_warm_up_answers_at_low_voltage_and_at_10_kv(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = []

    def answer(*asked: Any, **more: Any) -> SupplyPlan:
        plan = make_plan(*asked, **more)
        levels.append(plan.options[0].supply_kv)
        return plan

    monkeypatch.setattr(warming, "make_plan", answer)
    warming.warm_up.__wrapped__()
    assert levels == [0.38, 10.0]


def test_a_warm_up_that_fails_is_logged_and_keeps_nobody_from_serving(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(warming, "answer_samples", lambda *_: 1 / 0)
    served = ServedGrids([shop_grid()], warm_up=warming.warm_up.__wrapped__)
    served.prepare()
    assert served.is_ready
    assert "not compiled beforehand" in caplog.text
