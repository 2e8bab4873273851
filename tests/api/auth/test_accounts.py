from __future__ import annotations

from dataclasses import replace

import pytest

from api.auth.accounts import (
    change_account,
    find_account,
    find_account_named,
    find_account_problems,
    hash_new_password,
    list_accounts,
    set_password,
)
from api.auth.errors import NameTakenError, NotAuthenticatedError, UnknownAccountError
from api.auth.passwords import Passwords
from grid_models.errors import InputError
from tests.api.auth.house import NOW, PASSWORD, House


def test_an_account_is_kept_as_it_was_added(house: House) -> None:
    added = house.person("wang", role="manager", districts=["西湖", "上城"])

    found = house.identity.database.read(lambda c: find_account(c, added.account_id))
    assert (found.name, found.role, found.districts) == ("wang", "manager", ("西湖", "上城"))


def test_a_name_is_given_once(house: House) -> None:
    house.person("wang")

    with pytest.raises(NameTakenError, match="wang"):
        house.person("wang")


@pytest.mark.parametrize("name", ["WANG", "ｗａｎｇ", "Wang"])
def test_letters_that_look_alike_make_no_other_name(house: House, name: str) -> None:
    house.person("wang")

    with pytest.raises(NameTakenError):
        house.person(name)


@pytest.mark.parametrize(
    "name",
    ["", " ", "wang li", "key:x", "oidc:1", "clock", "command-line", "x" * 61, "a\x00", "\ud800"],
)
def test_what_can_be_no_name_is_refused(name: str) -> None:
    (problem,) = find_account_problems(name, "planner", [])
    assert problem.field == "name"


@pytest.mark.parametrize("name", ["王工", "wang.li", "li_2", "zhang@west"])
def test_names_are_written_in_any_script(name: str) -> None:
    assert find_account_problems(name, "planner", []) == []


def test_what_can_be_no_name_belongs_to_nobody(house: House) -> None:
    assert house.identity.database.read(lambda c: find_account_named(c, "\x00")) is None


@pytest.mark.parametrize("role", ["integrator", "root", ""])
def test_a_person_has_the_role_of_a_person(role: str) -> None:
    (problem,) = find_account_problems("wang", role, [])
    assert problem.field == "role"


@pytest.mark.parametrize("districts", [["*", "西湖"], ["西湖", "西湖"], [""], ["x" * 81], ["a\n"]])
def test_districts_that_are_not_in_order_are_refused(districts: list[str]) -> None:
    (problem,) = find_account_problems("wang", "planner", districts)
    assert problem.field == "districts"


def test_all_that_is_wrong_is_said_at_once(house: House) -> None:
    with pytest.raises(InputError) as refused:
        house.person("", role="root", districts=[""])

    assert [problem.field for problem in refused.value.problems] == ["name", "role", "districts"]


def test_an_account_that_reaches_further_is_not_seen(house: House) -> None:
    account = house.person(districts=["西湖", "上城"])

    with pytest.raises(UnknownAccountError):
        house.identity.database.read(lambda c: find_account(c, account.account_id, within=["西湖"]))


def test_accounts_are_paged_by_number(house: House) -> None:
    added = [house.person(name) for name in ("a", "b", "c")]

    page = house.identity.database.read(lambda c: list_accounts(c, after=added[0].number, most=1))
    assert [account.name for account in page] == ["b"]


def test_a_list_holds_what_reaches_no_further(house: House) -> None:
    house.person("a", districts=["西湖"])
    house.person("b", districts=["*"])

    seen = house.identity.database.read(lambda c: list_accounts(c, within=["西湖"]))
    assert [account.name for account in seen] == ["a"]


def test_a_role_that_is_changed_counts_at_once(house: House) -> None:
    account = house.person(role="planner")
    token = house.log_in().token

    house.identity.database.write(
        lambda c: change_account(c, account, role="auditor", actor="admin", now=NOW)
    )

    assert house.identity.identify(token, NOW).role == "auditor"


def test_an_account_that_is_ended_is_logged_out(house: House) -> None:
    account = house.person()
    token = house.log_in().token

    def end_and_begin(active: bool) -> None:
        house.identity.database.write(
            lambda c: change_account(c, account, is_active=active, actor="admin", now=NOW)
        )

    end_and_begin(active=False)
    end_and_begin(active=True)

    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(token, NOW)


def test_another_password_ends_every_login(house: House) -> None:
    account = house.person()
    token = house.log_in().token
    hashed = house.identity.passwords.hash("another good one")

    house.identity.database.write(
        lambda c: set_password(c, account, hashed, actor="admin", now=NOW)
    )

    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(token, NOW)
    assert house.log_in("wang", "another good one").account.name == "wang"


def test_changes_are_in_the_audit(house: House) -> None:
    account = house.person()
    house.identity.database.write(
        lambda c: change_account(c, account, is_active=False, actor="li", now=NOW)
    )

    assert house.deeds() == [("admin", "account.add"), ("li", "account.change")]


# Passwords ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "at least 12 characters"),
        ("十一个字的密码不够长哦", "at least 12 characters"),
        ("x" * 1_001, "at most 1,000 bytes"),
        ("字" * 334, "at most 1,000 bytes"),
        ("a.long.persons.name", "must not be the name"),
        ("A.Long.Persons.Name", "must not be the name"),
        ("half a character \ud800", "half a character"),
    ],
)
def test_a_password_that_is_not_good_enough_is_refused(
    passwords: Passwords, password: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        hash_new_password(passwords, password, "a.long.persons.name")


@pytest.mark.parametrize("password", ["twelve chars", "x" * 1_000, "一二三四五六七八九十甲乙"])
def test_a_password_that_is_good_enough_is_taken(passwords: Passwords, password: str) -> None:
    assert passwords.check(password, hash_new_password(passwords, password, "wang"))[0]


def test_a_refused_password_is_in_no_sentence(passwords: Passwords) -> None:
    with pytest.raises(InputError) as refused:
        hash_new_password(passwords, "geheim", "wang")

    assert "geheim" not in str(refused.value)
    assert not any("geheim" in p.zh or "geheim" in p.en for p in refused.value.problems)


def test_the_same_password_from_another_keyboard_is_the_same(passwords: Passwords) -> None:
    assert passwords.check("ｃｏｒｒｅｃｔ horse battery", passwords.hash(PASSWORD))[0]


def test_nobodys_password_is_compared_and_never_right(passwords: Passwords) -> None:
    assert passwords.check(PASSWORD, None)[0] is False


def test_passwords_are_hashed_with_argon2id_and_64_mib() -> None:
    assert Passwords.recommended().hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_weaker_hash_is_right_and_replaced(passwords: Passwords) -> None:
    is_right, newer = Passwords.recommended().check(PASSWORD, passwords.hash(PASSWORD))
    assert is_right
    assert newer is not None
    assert "m=65536" in newer


def test_a_login_replaces_a_weaker_hash(house: House) -> None:
    house.person()
    strong = House(identity=replace(house.identity, passwords=Passwords.recommended()))
    strong.log_in()
    kept = house.identity.database.read(lambda c: find_account_named(c, "wang"))
    assert kept is not None
    assert "m=65536" in str(kept.password_hash)


def test_an_accounts_hash_is_not_in_its_text(house: House) -> None:
    account = house.person()
    assert str(account.password_hash) not in repr(account)
