from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from api.auth.accounts import change_account
from api.auth.errors import (
    NotAuthenticatedError,
    TooManyAttemptsError,
    UnknownSessionError,
    WrongCredentialsError,
)
from api.auth.passwords import Passwords
from api.auth.sessions import log_out
from tests.api.auth.house import NOW, PASSWORD, QUICK, House

MINUTE = timedelta(minutes=1)


def fail(house: House, name: str = "wang", *, times: int = 1, at: object = NOW) -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentialsError):
            house.log_in(name, "a wrong password", now=at)  # type: ignore[arg-type]


def test_a_login_gives_a_token_of_the_account(house: House) -> None:
    house.person(role="planner", districts=["西湖"])

    caller = house.identity.identify(house.log_in().token, NOW)

    assert (caller.name, caller.role, caller.districts) == ("wang", "planner", ("西湖",))


def test_a_name_may_be_typed_with_capitals(house: House) -> None:
    house.person()
    assert house.log_in("Wang").account.name == "wang"


def test_a_wrong_password_is_refused(house: House) -> None:
    house.person()
    with pytest.raises(WrongCredentialsError):
        house.log_in("wang", "a wrong password")


def test_an_unknown_name_gets_the_same_answer_as_a_wrong_password(house: House) -> None:
    house.person()
    answers = set()
    for name in ("wang", "nobody-here", "\x00", "\ud800"):
        with pytest.raises(WrongCredentialsError) as refused:
            house.log_in(name, "a wrong password")
        answers.add(str(refused.value))

    assert len(answers) == 1


def test_an_unknown_name_costs_a_comparison_too(house: House) -> None:
    compared: list[str | None] = []

    class Counting(Passwords):
        def check(self, password: str, kept: str | None) -> tuple[bool, str | None]:
            compared.append(kept)
            return super().check(password, kept)

    counting = Counting(QUICK)
    with pytest.raises(WrongCredentialsError):
        House(identity=replace(house.identity, passwords=counting)).log_in("nobody-here")

    assert compared == [None]


def test_an_account_that_has_ended_is_refused_with_its_right_password(house: House) -> None:
    account = house.person()
    house.identity.database.write(
        lambda c: change_account(c, account, is_active=False, actor="admin", now=NOW)
    )

    with pytest.raises(WrongCredentialsError):
        house.log_in()


def test_an_account_without_a_password_is_refused(house: House) -> None:
    house.person(password=None)
    with pytest.raises(WrongCredentialsError):
        house.log_in()


# Throttling -----------------------------------------------------------------------------------


def test_after_three_failures_even_the_right_password_waits(house: House) -> None:
    house.person()
    fail(house, times=3)

    with pytest.raises(TooManyAttemptsError) as refused:
        house.log_in(now=NOW + MINUTE)
    assert refused.value.wait_s == 9 * 60


def test_an_unknown_name_waits_as_well(house: House) -> None:
    fail(house, "nobody-here", times=3)
    with pytest.raises(TooManyAttemptsError):
        house.log_in("nobody-here")


def test_capitals_are_no_way_around(house: House) -> None:
    house.person()
    fail(house, times=2)
    fail(house, "WANG")
    with pytest.raises(TooManyAttemptsError):
        house.log_in()


def test_the_wait_ends_when_the_first_failure_is_old(house: House) -> None:
    house.person()
    fail(house, times=3)
    assert house.log_in(now=NOW + 10 * MINUTE).account.name == "wang"


def test_failures_count_one_by_one(house: House) -> None:
    house.person()
    for minute in (0, 4, 8):
        fail(house, at=NOW + minute * MINUTE)

    with pytest.raises(TooManyAttemptsError) as refused:
        house.log_in(now=NOW + 9 * MINUTE)
    assert refused.value.wait_s == 60


def test_waiting_does_not_make_the_wait_longer(house: House) -> None:
    house.person()
    fail(house, times=3)
    for _ in range(5):
        with pytest.raises(TooManyAttemptsError):
            house.log_in(now=NOW + 9 * MINUTE)

    assert house.log_in(now=NOW + 10 * MINUTE)


def test_a_login_forgives_earlier_failures(house: House) -> None:
    house.person()
    fail(house, times=2)
    house.log_in()
    fail(house, times=2)
    assert house.log_in()


def test_another_name_does_not_wait(house: House) -> None:
    house.person("wang")
    house.person("li")
    fail(house, times=3)
    assert house.log_in("li")


def test_attempts_at_once_do_not_get_around_the_limit(house: House) -> None:
    house.person()

    def attempt(_: int) -> type[Exception]:
        try:
            house.log_in("wang", "a wrong password")
        except (WrongCredentialsError, TooManyAttemptsError) as refused:
            return type(refused)
        raise AssertionError

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))

    assert answers.count(WrongCredentialsError) == 3


# Tokens ---------------------------------------------------------------------------------------


def test_a_token_is_good_until_it_expires(house: House) -> None:
    house.person()
    session = house.log_in()
    assert session.expires_at == NOW + timedelta(hours=8)
    house.identity.identify(session.token, session.expires_at - timedelta(seconds=1))
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(session.token, session.expires_at)


def test_a_login_that_was_ended_is_over(house: House) -> None:
    house.person()
    token = house.log_in().token
    house.identity.database.write(lambda c: log_out(c, token, actor="wang", now=NOW))
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(token, NOW)


def test_ending_one_login_leaves_the_other(house: House) -> None:
    house.person()
    first, second = house.log_in().token, house.log_in().token
    house.identity.database.write(lambda c: log_out(c, first, actor="wang", now=NOW))
    assert house.identity.identify(second, NOW).name == "wang"


def test_a_login_ends_once(house: House) -> None:
    house.person()
    token = house.log_in().token
    house.identity.database.write(lambda c: log_out(c, token, actor="wang", now=NOW))
    with pytest.raises(UnknownSessionError):
        house.identity.database.write(lambda c: log_out(c, token, actor="wang", now=NOW))


@pytest.mark.parametrize("token", ["", "sps_", "sps_x", "a.b.c", "sps_\ud800", "x" * 10_000])
def test_what_is_no_token_is_refused(house: House, token: str) -> None:
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(token, NOW)


def test_logins_and_failures_are_in_the_audit(house: House) -> None:
    house.person()
    fail(house)
    fail(house, "nobody-here")
    token = house.log_in().token
    house.identity.database.write(lambda c: log_out(c, token, actor="wang", now=NOW))

    assert house.deeds()[1:] == [
        ("wang", "session.refuse"),
        ("nobody", "session.refuse"),
        ("wang", "session.begin"),
        ("wang", "session.end"),
    ]


def test_no_table_holds_a_password_or_a_token(house: House) -> None:
    house.person()
    fail(house)
    with pytest.raises(WrongCredentialsError):
        house.log_in(PASSWORD, "typed one field too far")
    token = house.log_in().token

    kept = house.all_that_is_kept()
    assert "wang" in kept
    assert [word for word in (PASSWORD, "a wrong password", token, "too far") if word in kept] == []


def test_a_logins_token_is_not_in_its_text(house: House) -> None:
    house.person()
    session = house.log_in()
    assert session.token not in repr(session)
