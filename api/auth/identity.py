"""Identity: a bearer token in, the caller out, whichever kind of token it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api import clock
from api.auth import keys, sessions
from api.auth.caller import Caller
from api.auth.errors import NotAuthenticatedError
from api.auth.oidc import Issuer
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
        if self.issuer is not None and len(token.split(".")) == _PARTS_OF_A_JWT:
            return self.issuer.identify(token)
        raise NotAuthenticatedError

    def _identify_key(self, token: str, now: datetime) -> Caller:
        key = self.database.read(lambda connection: keys.find_key_of(connection, token, now))
        day = clock.day_of(now)
        if key.last_used_on != day:
            self.database.write(lambda connection: keys.note_use(connection, key, day))
        return key.caller
