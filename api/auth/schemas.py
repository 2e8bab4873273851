"""Schemas: what HTTP takes and gives about accounts, keys and sessions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from api.auth.accounts import Account
from api.auth.keys import Key
from api.auth.names import write_districts

__all__ = [
    "AccountChangeIn",
    "AccountIn",
    "AccountList",
    "AccountOut",
    "KeyIn",
    "KeyList",
    "KeyMadeOut",
    "KeyOut",
    "LoginIn",
    "MeOut",
    "PasswordIn",
    "RotationIn",
    "SessionOut",
    "SignInIn",
]

Districts = Annotated[
    list[str],
    Field(description='Names of districts; ["*"]: every one, []: none.', examples=[["西湖"]]),
]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class LoginIn(_In):
    """Who logs in."""

    name: str
    password: SecretStr


class SessionOut(BaseModel):
    """A login that was made."""

    token: Annotated[str, Field(description="Sent as `Authorization: Bearer`; given once.")]
    expires_at: datetime
    name: str
    role: str
    districts: Districts


class SignInIn(_In):
    """A token of the company's sign-in, which a browser is to keep as its session."""

    token: SecretStr


class MeOut(BaseModel):
    """Who asks, and what they may do."""

    name: str
    role: str
    districts: Districts
    may: Annotated[list[str], Field(description="Actions the role allows, narrowed by scopes.")]
    expires_at: Annotated[
        datetime | None, Field(description="When the session ends; null: not a session's.")
    ] = None


class AccountIn(_In):
    """A new account."""

    name: str
    role: Annotated[str, Field(description="manager, planner, auditor or administrator.")]
    districts: Districts
    password: Annotated[SecretStr, Field(description="At least 12 characters.")]


class AccountChangeIn(_In):
    """What is changed of an account; what is left out or null stays."""

    role: str | None = None
    districts: Districts | None = None
    is_active: bool | None = None
    password: SecretStr | None = None


class PasswordIn(_In):
    """One's own password, and the next."""

    present_password: SecretStr
    new_password: SecretStr


class AccountOut(BaseModel):
    """An account."""

    account_id: str
    name: str
    role: str
    districts: Districts
    is_active: bool
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, account: Account) -> AccountOut:
        """Return an account as it is shown."""
        return cls(
            account_id=account.account_id,
            name=account.name,
            role=account.role,
            districts=write_districts(account.districts),
            is_active=account.is_active,
            created_at=account.created_at,
            changed_at=account.changed_at,
        )


class AccountList(BaseModel):
    """Accounts in the order they were added; `next_cursor` is null on the last page."""

    items: list[AccountOut]
    next_cursor: str | None


class KeyIn(_In):
    """A new key."""

    name: str
    scopes: Annotated[list[str], Field(description="Actions the key may be used for.")]
    districts: Districts


class RotationIn(_In):
    """Until when the present secret stays good."""

    previous_until: Annotated[
        AwareDatetime | None,
        Field(strict=False, description="At most 7 days from now; null: it ends at once."),
    ] = None


class KeyOut(BaseModel):
    """A key; its secret is not kept."""

    key_id: str
    name: str
    role: str
    scopes: list[str]
    districts: Districts
    created_at: datetime
    expires_at: datetime
    previous_until: datetime | None
    revoked_at: datetime | None
    last_used_on: date | None

    @classmethod
    def of(cls, key: Key) -> KeyOut:
        """Return a key as it is shown."""
        return cls(
            key_id=key.key_id,
            name=key.name,
            role=key.role,
            scopes=list(key.scopes),
            districts=write_districts(key.districts),
            created_at=key.created_at,
            expires_at=key.expires_at,
            previous_until=key.previous_until,
            revoked_at=key.revoked_at,
            last_used_on=key.last_used_on,
        )


class KeyMadeOut(KeyOut):
    """A key with its secret, the one time it is given."""

    key: Annotated[str, Field(description="spk_<id>_<secret>; given once.")]

    @classmethod
    def with_text(cls, key: Key, text: str) -> KeyMadeOut:
        """Return a key with what its holder sends."""
        return cls(**KeyOut.of(key).model_dump(), key=text)


class KeyList(BaseModel):
    """Keys in the order they were made; `next_cursor` is null on the last page."""

    items: list[KeyOut]
    next_cursor: str | None
