"""Terms: the price list and the calendar a plan is made by, and what a connection costs by them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from grid_models.catalogue import Catalogue
from planner.application import SupplyApplication
from planner.bill import bill_plainly, make_bill
from planner.calendar import WorkingCalendar, load_calendar
from planner.connection import Trial
from planner.cost import add_up
from planner.design_load import Level
from planner.fees import Circuit, find_fees
from planner.plan import CalendarSummary, Cost, Option, PricesSummary, Work
from planner.prices import PriceList, load_price_list
from planner.rules import Rules
from planner.sizing import NOMINAL_KV
from planner.works import metering_mode

__all__ = ["Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What units cost and which days are worked.

    Parameters
    ----------
    catalogue
        Gives the types of what the bill names.
    """

    catalogue: Catalogue
    prices: PriceList
    calendar: WorkingCalendar

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        prices: PriceList | None = None,
        calendar: WorkingCalendar | None = None,
    ) -> Terms:
        """Return the terms given; what is None is what comes along."""
        return cls(
            catalogue=catalogue,
            prices=prices or load_price_list(catalogue),
            calendar=calendar or load_calendar(),
        )

    @property
    def prices_summary(self) -> PricesSummary:
        """The price list, as a plan names it."""
        return PricesSummary(name=self.prices.name, version=self.prices.version)

    @property
    def calendar_summary(self) -> CalendarSummary:
        """The calendar, as a plan names it."""
        return CalendarSummary(
            version=self.calendar.version, known_until=self.calendar.known_until.isoformat()
        )

    def cost_of(
        self,
        works: Sequence[Work],
        trial: Trial,
        application: SupplyApplication,
        rules: Rules,
        level: Level,
    ) -> Cost:
        """Return what the works of one connection cost, and the fees that go with it."""
        capacity_kva = trial.demand.capacity_kva
        items = make_bill(
            works, trial, self.prices, self.catalogue,
            metering=metering_mode(application, trial.demand, rules, level),
        )  # fmt: skip
        circuit = Circuit(
            capacity_kva=capacity_kva, nominal_kv=NOMINAL_KV[trial.kv],
            laying=trial.conductor.laying,
        )  # fmt: skip
        return add_up(items, self.prices, find_fees(application, [circuit], rules))

    def joint_cost_of(
        self,
        alone: Sequence[Option],
        extra: Sequence[Work],
        application: SupplyApplication,
        rules: Rules,
        *,
        once: Collection[str],
    ) -> Cost:
        """Return what several sources cost together.

        Parameters
        ----------
        alone
            Each source as a single supply, the main one first.
        extra
            Works that only several sources need.
        once
            Codes of works that the main source brings and the others do not repeat.
        """
        items = [
            item
            for place, option in enumerate(alone)
            for item in option.cost.items
            if place == 0 or item.work not in once
        ]
        circuits = [
            Circuit(
                capacity_kva=option.capacity_kva,
                nominal_kv=option.supply_kv,
                laying=option.sources[0].conductor.laying,
            )
            for option in alone
        ]
        fees = find_fees(application, circuits, rules)
        return add_up([*items, *bill_plainly(extra, self.prices)], self.prices, fees)
