from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api import clock
from api.auth.identity import Identity
from api.cli import app
from api.database import Database, upgrade
from api.settings import Settings
from tests.api.auth.house import PASSWORD, House


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'service.db'}"
    upgrade(Database.open(address))
    return address


def run(*arguments: str, typed: str | bytes = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def add(
    url: str, *more: str, typed: str | bytes = f"{PASSWORD}\n", role: str = "manager"
) -> Result:
    return run(
        "user", "add", "wang", "--role", role, "--database", url, "--password-stdin", *more,
        typed=typed,
    )  # fmt: skip


def house(url: str) -> House:
    return House(identity=Identity.of(Database.open(url), Settings()))


def test_a_user_who_was_added_logs_in(url: str) -> None:
    assert add(url, "--district", "西湖").exit_code == 0
    assert house(url).log_in().account.districts == ("西湖",)


def test_a_user_without_a_district_acts_nowhere(url: str) -> None:
    add(url)
    assert house(url).log_in().account.districts == ()


def test_the_command_line_is_named_in_the_audit(url: str) -> None:
    add(url)
    assert house(url).deeds() == [("command-line", "account.add")]


def test_a_password_is_not_shown(url: str) -> None:
    done = add(url)
    assert PASSWORD not in done.output


def test_a_password_is_no_option() -> None:
    assert "--password " not in run("user", "add", "--help").stdout


def test_a_name_that_is_taken_exits_2(url: str) -> None:
    add(url)
    done = add(url)
    assert done.exit_code == 2
    assert "is taken" in done.stderr


def test_a_weak_password_exits_2(url: str) -> None:
    done = add(url, typed="short\n")
    assert done.exit_code == 2
    assert "at least 12 characters" in done.stderr


def test_a_password_that_is_too_long_exits_2(url: str) -> None:
    assert add(url, typed="x" * 5_000).exit_code == 2


def test_a_password_that_is_no_text_exits_2(url: str) -> None:
    assert add(url, typed=b"\xff" * 20).exit_code == 2


def test_a_role_there_is_not_is_refused_before_the_password(url: str) -> None:
    done = add(url, role="root", typed="short\n")
    assert done.exit_code == 2
    assert "role is" in done.stderr
    assert "12 characters" not in done.stderr


def test_without_a_terminal_nobody_is_asked(url: str) -> None:
    done = run("user", "add", "wang", "--role", "manager", "--database", url)
    assert done.exit_code == 2
    assert "--password-stdin" in done.stderr


def test_at_a_terminal_the_password_is_asked_for_twice(url: str) -> None:
    ours, theirs = pty.openpty()
    command = [
        sys.executable, "-c", "from api.cli import main; main()",
        "user", "add", "wang", "--role", "manager", "--database", url,
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as asking:
        os.close(theirs)
        shown = _answer(ours, [PASSWORD, PASSWORD])
        if asking.poll() is None and "Again" not in shown:
            asking.kill()
    os.close(ours)
    assert asking.returncode == 0
    assert PASSWORD not in shown
    assert house(url).log_in().account.name == "wang"


def _answer(terminal: int, lines: list[str]) -> str:
    """Type a line at each question; return what was shown."""
    shown, waiting = b"", list(lines)
    while select.select([terminal], [], [], 60)[0]:
        try:
            shown += os.read(terminal, 1_000)
        except OSError:  # the other side has ended
            break
        # the last space is shown once the terminal echoes no more
        if waiting and shown.endswith((b"Password: ", b"Again: ")):
            os.write(terminal, f"{waiting.pop(0)}\n".encode())
    return shown.decode(errors="replace")


def test_a_key_is_printed_once_and_works(url: str) -> None:
    done = run("key", "add", "marketing", "--scope", "plan.make", "--scope", "hold.place",
               "--district", "西湖", "--database", url)  # fmt: skip
    assert done.exit_code == 0
    caller = house(url).identity.identify(done.stdout.strip(), clock.now())
    assert caller.scopes == {"plan.make", "hold.place"}


def test_a_key_without_a_scope_exits_2(url: str) -> None:
    assert run("key", "add", "marketing", "--database", url).exit_code == 2


def test_a_scope_there_is_not_exits_2(url: str) -> None:
    done = run("key", "add", "marketing", "--scope", "audit.read", "--database", url)
    assert done.exit_code == 2
    assert "plan.make" in done.stderr


def test_nothing_is_added_to_a_database_that_is_not_there(tmp_path: Path) -> None:
    done = add(f"sqlite:///{tmp_path / 'nowhere.db'}")
    assert done.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_server_with_a_database_that_cannot_be_made_does_not_start(
    tmp_path: Path, tiny: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'nowhere' / 'service.db'}"
    done = run("serve", "--grid", str(tiny), "--database", url)
    assert done.exit_code == 2
    assert "cannot open the database" in done.stderr
