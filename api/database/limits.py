"""Limits: how many connections a process keeps, and how long anybody waits for the database."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What bounds the use of a database, so that nobody waits for ever.

    Parameters
    ----------
    connections
        Most connections of a process.
    wait_s
        Longest wait for a connection, for a lock, or for the turn to write, in seconds.
    statement_s
        Longest statement, and longest pause inside a transaction, on PostgreSQL, in seconds; None:
        as long as it takes, for commands that read or make everything.
    """

    connections: int = 15
    wait_s: float = 30.0
    statement_s: float | None = None
