from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from api.auth.errors import NameTakenError, NotAuthenticatedError, RevokedKeyError, UnknownKeyError
from api.auth.keys import Key, find_key, list_keys, revoke_key, rotate_key
from grid_models.errors import InputError
from tests.api.auth.house import NOW, House

DAY = timedelta(days=1)


def rotate(
    house: House, key: Key, previous_until: datetime | None = None, now: datetime = NOW
) -> str:
    return house.identity.database.write(
        lambda c: rotate_key(c, key, previous_until=previous_until, days=30, actor="admin", now=now)
    )[1]


def revoke(house: House, key: Key) -> None:
    house.identity.database.write(lambda c: revoke_key(c, key, actor="admin", now=NOW))


def test_a_key_names_its_system_scopes_and_districts(house: House) -> None:
    _, text = house.key(scopes=["plan.make", "hold.place"], districts=["西湖"])

    caller = house.identity.identify(text, NOW)

    assert (caller.name, caller.role) == ("key:marketing", "integrator")
    assert caller.scopes == {"plan.make", "hold.place"}
    assert caller.districts == ("西湖",)


def test_a_key_tells_its_id(house: House) -> None:
    key, text = house.key()
    assert text.startswith(f"spk_{key.key_id}_")


def test_a_wrong_secret_is_refused(house: House) -> None:
    _, text = house.key()
    other = "A" if text[-1] != "A" else "B"
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(text[:-1] + other, NOW)


def test_the_secret_of_another_key_is_refused(house: House) -> None:
    (first, _), (_, text) = house.key("a"), house.key("b")
    secret = text.split("_", 2)[2]
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(f"spk_{first.key_id}_{secret}", NOW)


@pytest.mark.parametrize("text", ["spk_", "spk_x", "spk_0123456789abcdef_", "spk_\ud800_\x00",
                                  "spk_0123456789abcdef_" + "a" * 43])  # fmt: skip
def test_what_is_no_key_is_refused(house: House, text: str) -> None:
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(text, NOW)


def test_a_key_expires(house: House) -> None:
    key, text = house.key()
    house.identity.identify(text, key.expires_at - timedelta(seconds=1))
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(text, key.expires_at)


def test_a_revoked_key_is_refused(house: House) -> None:
    key, text = house.key()
    revoke(house, key)
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(text, NOW)


def test_revoking_twice_is_written_down_once(house: House) -> None:
    key, _ = house.key()
    revoke(house, key)
    revoke(house, key)
    assert house.deeds() == [("admin", "key.add"), ("admin", "key.revoke")]


def test_a_name_is_given_once_also_after_it_was_revoked(house: House) -> None:
    key, _ = house.key()
    revoke(house, key)
    with pytest.raises(NameTakenError):
        house.key()


@pytest.mark.parametrize(
    "scopes", [[], ["capacity.read"], ["audit.read"], ["plan.make", "plan.make"], ["*"]]
)
def test_a_key_has_scopes_of_an_integrator(house: House, scopes: list[str]) -> None:
    with pytest.raises(InputError, match="scopes"):
        house.key(scopes=scopes)


# Rotation -------------------------------------------------------------------------------------


def test_the_new_secret_is_good_at_once(house: House) -> None:
    key, _ = house.key()
    assert house.identity.identify(rotate(house, key), NOW).name == "key:marketing"


def test_the_secret_before_ends_at_once_unless_asked(house: House) -> None:
    key, text = house.key()
    rotate(house, key)
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(text, NOW)


def test_the_secret_before_is_good_until_the_stated_time(house: House) -> None:
    key, text = house.key()
    rotate(house, key, NOW + DAY)
    house.identity.identify(text, NOW + DAY - timedelta(seconds=1))
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(text, NOW + DAY)


def test_both_secrets_are_good_meanwhile(house: House) -> None:
    key, text = house.key()
    new = rotate(house, key, NOW + DAY)
    callers = [house.identity.identify(sent, NOW) for sent in (text, new)]
    assert callers[0] == callers[1]


@pytest.mark.parametrize("until", [NOW - DAY, NOW + 7 * DAY + timedelta(seconds=1)])
def test_an_overlap_is_at_most_seven_days(house: House, until: datetime) -> None:
    key, _ = house.key()
    with pytest.raises(InputError, match="previous_until"):
        rotate(house, key, until)


def test_seven_days_are_not_too_long(house: House) -> None:
    key, _ = house.key()
    assert rotate(house, key, NOW + 7 * DAY)


def test_rotating_an_expired_key_does_not_revive_its_secret(house: House) -> None:
    key, text = house.key()
    later = key.expires_at + DAY
    new = rotate(house, key, later + DAY, now=later)
    assert house.identity.identify(new, later).name == "key:marketing"
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(text, later)


def test_of_two_rotations_the_first_secret_is_gone(house: House) -> None:
    key, text = house.key()
    rotate(house, key, NOW + DAY)
    rotate(house, key, NOW + DAY)
    with pytest.raises(NotAuthenticatedError):
        house.identity.identify(text, NOW)


def test_a_revoked_key_gets_no_new_secret(house: House) -> None:
    key, _ = house.key()
    revoke(house, key)
    with pytest.raises(RevokedKeyError):
        rotate(house, key)


def test_revoking_ends_both_secrets(house: House) -> None:
    key, text = house.key()
    new = rotate(house, key, NOW + DAY)
    revoke(house, key)
    for sent in (text, new):
        with pytest.raises(NotAuthenticatedError):
            house.identity.identify(sent, NOW)


# What is kept ---------------------------------------------------------------------------------


def test_the_day_of_use_is_the_companys(house: House) -> None:
    key, text = house.key()
    house.identity.identify(text, datetime.fromisoformat("2026-06-01T23:00:00+00:00"))
    used = house.identity.database.read(lambda c: find_key(c, key.key_id))
    assert used.last_used_on == date(2026, 6, 2)


def test_no_table_holds_a_key(house: House) -> None:
    key, text = house.key()
    new = rotate(house, key, NOW + DAY)
    kept = house.all_that_is_kept()
    assert key.key_id in kept
    assert [s for s in (text, new) if s in kept or s.split("_", 2)[2] in kept] == []


def test_a_key_that_reaches_further_is_not_seen(house: House) -> None:
    key, _ = house.key(districts=["西湖", "上城"])
    with pytest.raises(UnknownKeyError):
        house.identity.database.read(lambda c: find_key(c, key.key_id, within=["西湖"]))


def test_keys_are_paged_by_number(house: House) -> None:
    first = house.key("a")[0]
    house.key("b")
    house.key("c")
    page = house.identity.database.read(lambda c: list_keys(c, after=first.number, most=1))
    assert [key.name for key in page] == ["b"]
