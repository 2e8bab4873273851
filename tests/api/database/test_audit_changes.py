"""Whatever is changed in the audit is found: any value of any row, any rows gone or moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from api.database import Database
from api.database.audit import Deed, find_breaks, record
from api.database.tables import audit, audit_head
from tests.api.database.databases import upgraded_database

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
ROWS = 7
TEXT_COLUMNS = ("actor", "district", "action", "subject", "details", "previous_hash", "hash")
MANY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
numbers = st.integers(1, ROWS)
# no database keeps half a character
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with upgraded_database("sqlite", tmp_path_factory.mktemp("audit")) as database:
        for k in range(ROWS):
            deed = Deed(
                at=NOW + timedelta(minutes=k // 2), actor=f"wang{k % 2}", district="西湖",
                action="plan.make", subject=f"app-{k}", details={"版本": k},
            )  # fmt: skip
            database.write(lambda c, deed=deed: record(c, deed))
        yield database


def breaks_after(chain: Database, change: Callable[[Connection], object]) -> int:
    """Change something, look, and put it back."""
    with chain.engine.connect() as connection, connection.begin() as transaction:
        change(connection)
        found = len(list(find_breaks(connection)))
        transaction.rollback()
    return found


def row(connection: Connection, number: int) -> dict[str, Any]:
    return dict(
        connection.execute(sa.select(audit).where(audit.c.number == number)).mappings().one()
    )


def put(connection: Connection, present: int, /, **values: Any) -> None:
    connection.execute(sa.update(audit).where(audit.c.number == present).values(values))


def test_a_chain_nobody_touched_holds(chain: Database) -> None:
    assert breaks_after(chain, lambda _: None) == 0


@MANY
@given(number=numbers, column=st.sampled_from(TEXT_COLUMNS), text=texts)
def test_any_text_of_any_row_that_is_changed_is_found(
    chain: Database, number: int, column: str, text: str
) -> None:
    def change(connection: Connection) -> None:
        assume(row(connection, number)[column] != text)
        put(connection, number, **{column: text})

    assert breaks_after(chain, change) > 0


@MANY
@given(number=numbers, by=st.timedeltas(timedelta(days=-900), timedelta(days=900)))
def test_any_moment_that_is_changed_is_found(chain: Database, number: int, by: timedelta) -> None:
    assume(by)
    assert breaks_after(
        chain, lambda c: put(c, number, at=row(c, number)["at"] + by)
    ) > 0  # fmt: skip


@MANY
@given(number=numbers, other=st.integers(-(10**9), 10**9))
def test_any_number_that_is_changed_is_found(chain: Database, number: int, other: int) -> None:
    assume(not 1 <= other <= ROWS)
    assert breaks_after(chain, lambda c: put(c, number, number=other)) > 0


@MANY
@given(gone=st.sets(numbers, min_size=1))
def test_any_rows_that_are_removed_are_found(chain: Database, gone: set[int]) -> None:
    assert breaks_after(
        chain, lambda c: c.execute(sa.delete(audit).where(audit.c.number.in_(gone)))
    ) > 0  # fmt: skip


@MANY
@given(order=st.permutations(range(1, ROWS + 1)))
def test_any_rows_that_changed_places_are_found(chain: Database, order: list[int]) -> None:
    assume(order != sorted(order))

    def change(connection: Connection) -> None:
        for old in range(1, ROWS + 1):
            put(connection, old, number=100 + order[old - 1])
        for place in order:
            put(connection, 100 + place, number=place)

    assert breaks_after(chain, change) > 0


@MANY
@given(first=numbers, second=numbers)
def test_a_row_copied_over_another_is_found(chain: Database, first: int, second: int) -> None:
    assume(first != second)

    def change(connection: Connection) -> None:
        put(connection, second, **row(connection, first) | {"number": second})

    assert breaks_after(chain, change) > 0


@MANY
@given(
    values=st.one_of(
        st.fixed_dictionaries({"number": st.integers(-(10**9), 10**9)}),
        st.fixed_dictionaries({"hash": texts}),
    )
)
def test_any_change_of_the_head_is_found(chain: Database, values: dict[str, Any]) -> None:
    def change(connection: Connection) -> None:
        head = connection.execute(sa.select(audit_head)).mappings().one()
        assume(any(head[name] != value for name, value in values.items()))
        connection.execute(sa.update(audit_head).values(values))

    assert breaks_after(chain, change) > 0


def test_a_row_that_was_added_at_the_end_is_found(chain: Database) -> None:
    def change(connection: Connection) -> None:
        last = row(connection, ROWS)
        connection.execute(sa.insert(audit).values(last | {"number": ROWS + 1}))

    assert breaks_after(chain, change) > 0
