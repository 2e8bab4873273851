"""Accounts: listed, added and changed by an administrator; one's own password by anyone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.engine import Connection

from api.auth.accounts import (
    Account,
    add_account,
    change_account,
    find_account,
    find_account_problems,
    hash_new_password,
    list_accounts,
    set_password,
)
from api.auth.caller import Caller, require_each
from api.auth.dependency import Authenticated, ThisIdentity, allowed
from api.auth.names import read_districts, refuse
from api.auth.passwords import find_password_problems
from api.auth.schemas import AccountChangeIn, AccountIn, AccountList, AccountOut, PasswordIn
from api.auth.sessions import with_password
from api.dependencies import After, Id, Limit, Now, refuse_repeated_fields
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal

__all__ = ["router"]

_UNKNOWN = refusal(404, "No such account.")
_WRITE = "account.write"

router = APIRouter(
    prefix="/v1/accounts",
    tags=["accounts"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED | NOT_IN_ORDER,
)
Writer = Annotated[Caller, Depends(allowed(_WRITE))]


@router.get("", summary="Accounts")
def list_them(
    caller: Writer, identity: ThisIdentity, after: After = 0, limit: Limit = 50
) -> AccountList:
    """Return accounts that reach no further than the caller."""
    found = identity.database.read(
        lambda connection: list_accounts(
            connection, within=caller.districts, after=after, most=limit + 1
        )
    )
    page, next_cursor = cut_page(found, limit)
    return AccountList(
        items=[AccountOut.of(account) for account in page],
        next_cursor=next_cursor,
    )


@router.post(
    "",
    status_code=201,
    summary="Add an account",
    responses=refusal(409, "The name is taken."),
)
def create_account(
    asked: AccountIn, caller: Writer, identity: ThisIdentity, now: Now
) -> AccountOut:
    """Add an account that reaches no further than the caller."""
    require_each(caller, _WRITE, read_districts(asked.districts))
    password = asked.password.get_secret_value()
    refuse([
        *find_account_problems(asked.name, asked.role, asked.districts),
        *find_password_problems(password, asked.name),
    ])  # fmt: skip
    hashed = identity.passwords.hash(password)
    return AccountOut.of(
        identity.database.write(
            lambda connection: add_account(
                connection, name=asked.name, password_hash=hashed, role=asked.role,
                districts=asked.districts, actor=caller.name, now=now,
            )
        )
    )  # fmt: skip


@router.patch("/{account_id}", summary="Change an account", responses=_UNKNOWN)
def edit_account(
    account_id: Id, asked: AccountChangeIn, caller: Writer, identity: ThisIdentity, now: Now
) -> AccountOut:
    """Change role, districts or password, or end an account; all of it or nothing."""

    def find(connection: Connection) -> Account:
        return find_account(connection, account_id, within=caller.districts)

    name = identity.database.read(find).name
    if asked.districts is not None:
        require_each(caller, _WRITE, read_districts(asked.districts))
    hashed = (
        hash_new_password(identity.passwords, asked.password.get_secret_value(), name)
        if asked.password is not None
        else None
    )

    def change(connection: Connection) -> Account:
        changed = change_account(
            connection, find(connection), role=asked.role, districts=asked.districts,
            is_active=asked.is_active, actor=caller.name, now=now,
        )  # fmt: skip
        if hashed is None:
            return changed
        return set_password(connection, changed, hashed, actor=caller.name, now=now)

    return AccountOut.of(identity.database.write(change))


@router.put(
    "/current/password",
    status_code=204,
    summary="Change one's own password",
    responses=refusal(429, "Too many failed; see Retry-After."),
)
def change_own_password(
    asked: PasswordIn, caller: Authenticated, identity: ThisIdentity, now: Now
) -> None:
    """Change the password of the caller, who logs in with it from now on."""
    hashed = hash_new_password(
        identity.passwords, asked.new_password.get_secret_value(), caller.name
    )
    with_password(
        identity.database, identity.passwords, identity.settings, name=caller.name,
        password=asked.present_password.get_secret_value(), now=now,
        then=lambda connection, account: set_password(
            connection, account, hashed, actor=caller.name, now=now
        ),
    )  # fmt: skip
