from __future__ import annotations

import pytest

from api.auth.caller import ACTIONS, PEOPLE, ROLES, Caller, may, require, require_each
from api.auth.dependency import allowed
from api.auth.errors import NotAllowedError

# Every role and action once more, written out by role: a change of the table is a change of both.
MAY = {
    "manager": {
        "application.read", "application.write", "plan.make", "hold.place", "reply.make",
        "capacity.read", "rules.read", "correction.write",
    },
    "planner": {
        "application.read", "application.write", "plan.make", "hold.place", "reply.make",
        "capacity.read", "rules.read", "job.write", "desk.decide", "correction.write",
    },
    "integrator": {
        "application.read", "application.write", "plan.make", "hold.place", "rules.read",
        "webhook.write",
    },
    "auditor": {"application.read", "capacity.read", "rules.read", "audit.read"},
    "administrator": {
        "account.write", "key.write", "rules.read", "rules.write", "webhook.write",
        "district.write", "person.erase",
    },
}  # fmt: skip
ALL_ACTIONS = {
    "application.read", "application.write", "plan.make", "hold.place", "reply.make", "audit.read",
    "account.write", "key.write", "rules.read", "rules.write", "job.write", "capacity.read",
    "desk.decide", "webhook.write", "district.write", "person.erase",
    "correction.write",
}  # fmt: skip


def caller(role: str = "planner", **more: object) -> Caller:
    return Caller(**{"name": "wang", "role": role, "districts": None, **more})  # type: ignore[arg-type]


def test_the_table_names_every_role_and_action() -> None:
    assert set(ROLES) == set(MAY)
    assert set(ACTIONS) == ALL_ACTIONS


@pytest.mark.parametrize("role", sorted(MAY))
@pytest.mark.parametrize("action", sorted(ALL_ACTIONS))
def test_a_role_may_what_is_stated_and_nothing_else(role: str, action: str) -> None:
    assert may(caller(role), action) == (action in MAY[role])


def test_nobody_is_an_integrator_in_person() -> None:
    assert set(PEOPLE) == set(MAY) - {"integrator"}


def test_what_a_role_may_not_do_is_refused_by_name() -> None:
    with pytest.raises(NotAllowedError, match=r"wang may not do audit\.read"):
        require(caller("manager"), "audit.read")


def test_another_district_is_refused() -> None:
    with pytest.raises(NotAllowedError, match="上城"):
        require(caller(districts=("西湖",)), "plan.make", "上城")


@pytest.mark.parametrize(
    ("districts", "is_allowed"),
    [(("西湖",), True), (None, True), (("上城",), False), ((), False)],
    ids=["own", "everywhere", "another", "nowhere"],
)
def test_a_caller_may_act_in_the_own_districts_alone(
    districts: tuple[str, ...] | None, *, is_allowed: bool
) -> None:
    try:
        require(caller(districts=districts), "plan.make", "西湖")
    except NotAllowedError:
        was_allowed = False
    else:
        was_allowed = True
    assert was_allowed == is_allowed


def test_scopes_narrow_what_a_role_may_do() -> None:
    narrow = caller("integrator", scopes=frozenset({"plan.make"}))
    assert [action for action in ACTIONS if may(narrow, action)] == ["plan.make"]


def test_scopes_do_not_widen_it() -> None:
    assert not may(caller("integrator", scopes=frozenset({"capacity.read"})), "capacity.read")


def test_nobody_gives_a_district_they_lack() -> None:
    with pytest.raises(NotAllowedError, match="上城"):
        require_each(
            caller("administrator", districts=("西湖",)), "account.write", ("西湖", "上城")
        )


def test_nobody_gives_everywhere_who_is_not_everywhere() -> None:
    with pytest.raises(NotAllowedError):
        require_each(caller("administrator", districts=("西湖",)), "account.write", None)


def test_a_route_cannot_ask_for_an_action_there_is_not() -> None:
    with pytest.raises(ValueError, match=r"plan\.unmake"):
        allowed("plan.unmake")
