"""Reminders: holds that ran out given up, and others told in time of what is near or past."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.engine import Connection

from api import clock
from api.background import Background
from api.database import Database
from api.database.applications import find_application
from api.database.outbox import tell
from api.database.reminders import HOLD_ENDING, list_ending_holds, list_limits, note_reminder
from api.database.trouble import DatabaseTroubleError
from api.ledger.clocks import Clocks
from api.ledger.promises import BATCH, give_up_overdue, tell_of_hold
from api.serving import ServedGrids
from planner.rules import Rules, available_areas

__all__ = ["Reminder", "remind_of_holds", "remind_of_limits"]

LIMIT_NEAR, LIMIT_PAST = "application.limit_near", "application.limit_past"
LOOK_EVERY_S = 60.0
_STATES = {"deciding": "deciding_hours", "replied": "replied_hours"}

_log = logging.getLogger(__name__)


def remind_of_limits(connection: Connection, now: datetime) -> int:
    """Tell others of limits that are near or past, each once; how many."""
    today, done = clock.day_of(now), 0
    for kind, is_past in ((LIMIT_NEAR, False), (LIMIT_PAST, True)):
        for application in list_limits(connection, kind, today, is_past=is_past, most=BATCH):
            application_id, due_on = application.application_id, str(application.limit_due_on)
            tell(
                connection, kind, district=application.district, subject=application_id, now=now,
                application_id=application_id, state=application.state, limit_due_on=due_on,
            )  # fmt: skip
            note_reminder(connection, application_id, kind, due_on, now)
            done += 1
    return done


def remind_of_holds(connection: Connection, rules: Rules, now: datetime) -> int:
    """Tell others of holds of an area that end soon, each once; how many.

    Parameters
    ----------
    rules
        Of the area; their ``hold_reminder`` says how long before its end a hold is told of.
    """
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
        """Remind once, each kind and each area by itself; tell whether there may be more.

        What fails is logged, and the others go on.

        Raises
        ------
        DatabaseTroubleError
            If nothing can be written now.
        """
        now = self.now()
        rule_book = self.grids.rule_book
        clocks = Clocks(rule_book=rule_book, calendar=self.grids.terms.calendar)

        def of_holds(area: str, connection: Connection) -> int:
            return remind_of_holds(connection, rule_book(area).on(clock.day_of(now)), now)

        steps: dict[str, Callable[[Connection], int]] = {
            "what has run out": lambda connection: give_up_overdue(connection, now, clocks),
            "limits": lambda connection: remind_of_limits(connection, now),
        } | {f"holds of {area}": partial(of_holds, area) for area in available_areas()}
        done = [self._do(about, step) for about, step in steps.items()]
        return max(done) >= BATCH

    def _do(self, about: str, step: Callable[[Connection], int]) -> int:
        """Do one step in a transaction of its own."""
        try:
            return self.database.write(step)
        except DatabaseTroubleError:
            raise
        except Exception:
            _log.exception("%s: nobody was reminded, others are", about)
            return 0

    def background(self) -> Background:
        """Return the thread that does it."""
        return Background(name="remind", work=self.work, pause_s=LOOK_EVERY_S)
