"""Who may sign a reply form, and that what is signed is what was looked at."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.api.auth.house import House, StoppedClock
from tests.api.documents.test_plan_pdf import needs_font
from tests.api.service.papers import BOTH, CUSTOMER, fields, kept_forms, seen, sign, signature
from tests.api.service.talk import reply, state

pytestmark = needs_font


# In whose name -------------------------------------------------------------------------------


def test_nobody_signs_for_the_company_in_anothers_name(
    wang: TestClient, name: str, house: House
) -> None:
    answer = sign(wang, name, signatures=[signature(), signature("company", name="李四光")])

    assert fields(answer) == ["signatures.company.name"]
    assert (
        'in the name of "李四光"; it must be in that of who is logged in, "wang"'
        in (answer.json()["detail"])
    )
    assert "应为登录者本人“wang”" in answer.json()["problems"][0]["zh"]
    assert (state(wang, name), kept_forms(house)) == ("held", [])


@pytest.mark.parametrize("who", ["甲公司", "张三丰"])
def test_the_customer_signs_as_customer_or_contact(wang: TestClient, name: str, who: str) -> None:
    assert sign(wang, name, signatures=[signature(name=who)]).status_code == 201


@pytest.mark.parametrize("who", ["乙公司", "wang", "张三", "甲公司 "])
def test_who_is_neither_customer_nor_contact_does_not_sign_as_one(
    wang: TestClient, name: str, who: str
) -> None:
    answer = sign(wang, name, signatures=[signature(name=who)])

    assert fields(answer) == ["signatures.customer.name"]
    assert (
        f'"{who}"; it must be in that of the customer or the contact: 甲公司, 张三丰'
        in (answer.json()["detail"])
    )


def test_where_no_contact_is_named_no_name_at_all_is_none(wang: TestClient, name: str) -> None:
    alone = {"customer": "甲公司", "address": "文园路 1 号"}
    answer = sign(wang, name, details=alone, signatures=[signature(name="张三丰")])

    assert fields(answer) == ["signatures.customer.name"]


def test_names_of_strangers_are_told_at_once(wang: TestClient, name: str) -> None:
    strangers = [signature(name="乙公司"), signature("company", name="chen")]
    answer = reply(wang, name, details=CUSTOMER, signatures=strangers)

    assert fields(answer) == ["signatures.customer.name", "signatures.company.name", "previewed"]


# What was looked at is what is signed --------------------------------------------------------


def test_nothing_is_signed_that_nobody_looked_at(wang: TestClient, name: str, house: House) -> None:
    answer = reply(wang, name, details=CUSTOMER, signatures=BOTH)

    assert fields(answer) == ["previewed"]
    assert (state(wang, name), kept_forms(house)) == ("held", [])


@pytest.mark.parametrize("changed", [{"address": "文园路 2 号"}, {"phone": "0571-1"}])
def test_what_was_changed_since_is_looked_at_again(
    wang: TestClient, name: str, changed: dict[str, str], house: House
) -> None:
    looked_at = seen(wang, name)
    answer = sign(wang, name, details=CUSTOMER | changed, previewed=looked_at)

    assert (answer.status_code, answer.json()["code"]) == (409, "not_previewed")
    assert "is not what was shown: look at the form again" in answer.json()["detail"]
    assert (state(wang, name), kept_forms(house)) == ("held", [])
    assert sign(wang, name, details=CUSTOMER | changed).status_code == 201


def test_a_form_of_another_day_is_looked_at_again(
    wang: TestClient, name: str, clock: StoppedClock
) -> None:
    looked_at = seen(wang, name)
    clock.move(hours=7)  # past midnight in Asia/Shanghai
    answer = sign(wang, name, signed_on="2026-06-02", previewed=looked_at)

    assert answer.json()["code"] == "not_previewed"


def test_without_signatures_what_was_looked_at_counts_where_it_is_told(
    wang: TestClient, name: str
) -> None:
    other = reply(wang, name, previewed="0" * 64)

    assert other.json()["code"] == "not_previewed"
    assert reply(wang, name).status_code == 201


@pytest.mark.parametrize("previewed", ["", "0" * 63, "G" * 64, 7])
def test_what_is_no_hash_is_refused(wang: TestClient, name: str, previewed: object) -> None:
    assert fields(sign(wang, name, previewed=previewed)) == ["previewed"]
