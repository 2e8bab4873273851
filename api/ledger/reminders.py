"""Reminders: holds that ran out given up, and others told in time of what is near or past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from api import clock
from api.background import Background
from api.database import Database
from api.database.applications import find_application
from api.database.outbox import tell
from api.database.reminders import list_ending_holds, list_limits, note_reminder
from api.ledger.clocks import Clocks
from api.ledger.promises import give_up_overdue, tell_of_hold
from api.serving import ServedGrids
from planner.rules import Rules, available_areas

__all__ = ["Reminder", "remind"]

LIMIT_NEAR, LIMIT_PAST = "application.limit_near", "application.limit_past"
HOLD_ENDING = "hold.ending"
# So many of a kind in one transaction: others wait for it.
BATCH = 100
LOOK_EVERY_S = 60.0
_STATES = {"deciding": "deciding_hours", "replied": "replied_hours"}


def remind(connection: Connection, books: Sequence[Rules], clocks: Clocks, now: datetime) -> int:
    """Give up what has run out and tell others of what is near or past, each once.

    Parameters
    ----------
    books
        Rules of each area; their ``hold_reminder`` says how long before its end a hold is told of.

    Returns
    -------
    done
        How many holds were given up and reminders written.
    """
    done = give_up_overdue(connection, now, clocks)
    today = clock.day_of(now)
    for kind, is_past in ((LIMIT_NEAR, False), (LIMIT_PAST, True)):
        for application in list_limits(connection, kind, today, is_past=is_past, most=BATCH):
            application_id, due_on = application.application_id, str(application.limit_due_on)
            tell(
                connection, kind, district=application.district, subject=application_id, now=now,
                application_id=application_id, state=application.state, limit_due_on=due_on,
            )  # fmt: skip
            note_reminder(connection, application_id, kind, due_on, now)
            done += 1
    return done + sum(_remind_of_holds(connection, rules, now) for rules in books)


def _remind_of_holds(connection: Connection, rules: Rules, now: datetime) -> int:
    hours, done = rules.value("hold_reminder"), 0
    for state, name in _STATES.items():
        ending = list_ending_holds(
            connection, HOLD_ENDING, state, now, timedelta(hours=float(hours[name])),
            area=rules.area, most=BATCH,
        )  # fmt: skip
        for hold, about in ending:
            application = find_application(connection, hold.application_id)
            tell_of_hold(connection, application, hold, HOLD_ENDING, now)
            note_reminder(connection, hold.application_id, HOLD_ENDING, about, now)
            done += 1
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Reminds as long as the server runs.

    Parameters
    ----------
    now
        Gives the present moment.
    grids
        Know the rules and the calendar.
    """

    database: Database
    now: Callable[[], datetime]
    grids: ServedGrids

    def work(self) -> bool:
        """Remind once; tell whether there may be more."""
        now = self.now()
        rule_book = self.grids.rule_book
        books = [rule_book(area).on(clock.day_of(now)) for area in available_areas()]
        clocks = Clocks(rule_book=rule_book, calendar=self.grids.terms.calendar)
        done = self.database.write(lambda connection: remind(connection, books, clocks, now))
        return done >= BATCH

    def background(self) -> Background:
        """Return the thread that does it."""
        return Background(name="remind", work=self.work, pause_s=LOOK_EVERY_S)
