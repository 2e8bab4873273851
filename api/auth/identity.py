"""Identity: a bearer token in, the caller out, whichever kind of token it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api import clock
from api.auth import keys, sessions
from api.auth.caller import Caller
from api.auth.errors import NotAuthenticatedError
from api.auth.oidc import Issuer, end_of_token
from api.auth.passwords import Passwords
from api.database import Database
from api.settings import Settings

__all__ = ["Identity"]

_PARTS_OF_A_JWT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What tells who asks.

    Parameters
    ----------
    issuer
        The company's sign-in; None: there are logins and keys only.
    """

    database: Database
    settings: Settings
    passwords: Passwords
    issuer: Issuer | None

    @classmethod
    def of(cls, database: Database, settings: Settings) -> Identity:
        """Return the identity layer of a database and some settings."""
        return cls(
            database=database, settings=settings, passwords=Passwords.recommended(),
            issuer=Issuer.of(settings),
        )  # fmt: skip

    def identify(self, token: str, now: datetime) -> Caller:
        """Return who sent a token.

        Raises
        ------
        NotAuthenticatedError
            If it is not good, or not any more.
        NotAllowedError
            If the company's sign-in gives the person no role here.
        IssuerUnreachableError
            If a token of the company's sign-in cannot be checked now.
        """
        if token.startswith(keys.PREFIX):
            return self._identify_key(token, now)
        if token.startswith(sessions.PREFIX):
            return self.database.read(
                lambda connection: sessions.find_account_of(connection, token, now)
            ).caller
        if self.issuer is not None and self.is_sign_in(token):
            return self.issuer.identify(token)
        raise NotAuthenticatedError

    def is_sign_in(self, token: str) -> bool:
        """Tell whether a token looks like one of the company's sign-in."""
        return len(token.split(".")) == _PARTS_OF_A_JWT

    def sign_in(self, token: str) -> tuple[Caller, datetime]:
        """Return whom a token of the company's sign-in is about, and until when it is good.

        Raises
        ------
        NotAuthenticatedError
            If it is not good, or is another kind of token.
        NotAllowedError
            If it gives the person no role here.
        IssuerUnreachableError
            If it cannot be checked now.
        """
        if self.issuer is None or not self.is_sign_in(token):
            raise NotAuthenticatedError
        return self.issuer.identify(token), end_of_token(token)

    def end_of(self, token: str) -> datetime | None:
        """Return until when a token that is good stays good; None for a key's."""
        if token.startswith(sessions.PREFIX):
            return self.database.read(lambda connection: sessions.find_end_of(connection, token))
        return end_of_token(token) if self.is_sign_in(token) else None

    def _identify_key(self, token: str, now: datetime) -> Caller:
        key = self.database.read(lambda connection: keys.find_key_of(connection, token, now))
        day = clock.day_of(now)
        if key.last_used_on != day:
            self.database.write(lambda connection: keys.note_use(connection, key, day))
        return key.caller
