"""Temporary supply: how long it may last, by the edition in force on the acceptance date."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta

from planner.application import SupplyApplication
from planner.form import Form
from planner.payers import TEMPORARY, is_temporary
from planner.rules import Rules

__all__ = ["hold_term", "longest_term"]


def longest_term(application: SupplyApplication, rules: Rules) -> date:
    """Return the last day a temporary supply may have, counted from the day it is wanted."""
    months = int(rules.number("temporary_term"))
    return first_day(application) + relativedelta(months=months)


def first_day(application: SupplyApplication) -> date:
    """Return the day a supply begins: as wanted, else at acceptance."""
    return application.wanted_date or application.on_date


def hold_term(form: Form, application: SupplyApplication, rules: Rules | None) -> None:
    """Refuse an end that is before the beginning, too late, or of a supply that has none."""
    until = application.until_date
    if until is None:
        return
    if not is_temporary(application):
        form.refuse(
            "until_date",
            f"为“{until}”，而业务类型为 {application.business}；只有临时用电"
            f"（business {TEMPORARY}）有截止日期",
            f'is "{until}" and business is {application.business}; only a temporary supply '
            f"(business {TEMPORARY}) has a last day",
        )
        return
    first = first_day(application)
    if until <= first:
        form.refuse_value(
            "until_date", until.isoformat(), f"晚于用电之日 {first} 的日期", f"a day after {first}"
        )
        return
    if rules is None:
        return
    last, months = longest_term(application, rules), rules.number("temporary_term")
    if until > last:
        form.refuse_value(
            "until_date",
            until.isoformat(),
            f"不晚于 {last} 的日期：临时用电最长 {months:g} 个月；更久的用电请申请正式用电"
            "（business new）",
            f"a day not after {last}: a temporary supply lasts at most {months:g} months; for "
            "longer apply for a permanent one (business new)",
        )
