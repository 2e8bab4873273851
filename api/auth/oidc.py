"""OIDC: tokens of the company's own sign-in, checked by its public keys."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from jwt import PyJWKClient
from jwt.exceptions import PyJWKClientConnectionError, PyJWTError

from api.auth.caller import INTEGRATOR, ROLES, Caller
from api.auth.errors import IssuerUnreachableError, NoRoleError, NotAuthenticatedError
from api.auth.names import find_district_problems, read_districts
from api.settings import Settings

__all__ = ["Issuer", "end_of_token"]

ALGORITHMS = ("RS256", "ES256")
LEEWAY = timedelta(seconds=60)
# A token with a key nobody knows makes us ask for new keys, at most so often.
REFETCH_S = 60.0
# After a fetch that failed nobody waits for another one so long.
RETRY_S = 10.0
FETCH_TIMEOUT_S = 5.0
_REQUIRED = ("exp", "iss", "aud")
_LONGEST_SUBJECT = 70
_DECODER = jwt.PyJWT({"enforce_minimum_key_length": True})


class Issuer:
    """The company's sign-in.

    Parameters
    ----------
    settings
        Name issuer, audience, the address of its keys and the claims.
    refetch_s
        Seconds between two fetches for a key nobody knows.
    """

    def __init__(self, settings: Settings, *, refetch_s: float = REFETCH_S) -> None:
        self._settings = settings
        self._keys = _Keys(
            str(settings.oidc_jwks_url), timeout=FETCH_TIMEOUT_S, cooldown_duration=refetch_s
        )

    @classmethod
    def of(cls, settings: Settings) -> Issuer | None:
        """Return the issuer of some settings; None where they name none."""
        return None if settings.oidc_issuer is None else cls(settings)

    def identify(self, token: str) -> Caller:
        """Return whom a token is about.

        Raises
        ------
        NotAuthenticatedError
            If it is forged, expired, not valid yet, for somebody else or by somebody else.
        NoRoleError
            If it is good and names none of our roles, or several.
        IssuerUnreachableError
            If there are no keys to check it by.
        """
        try:
            # the algorithm is ours to choose, not the token's: nothing else gets as far as a key
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str):
                raise NotAuthenticatedError
            claims = _DECODER.decode(
                token,
                self._keys.get_signing_key(header["kid"]),
                algorithms=ALGORITHMS,
                audience=self._settings.oidc_audience,
                issuer=self._settings.oidc_issuer,
                leeway=LEEWAY,
                options={"require": [*_REQUIRED, self._settings.oidc_name_claim]},
            )
        except PyJWKClientConnectionError as error:
            raise IssuerUnreachableError from error
        # what is sent may be anything: half characters, brackets without end, infinite moments
        except (PyJWTError, ArithmeticError, RecursionError, TypeError, ValueError) as error:
            raise NotAuthenticatedError from error
        return self._read(claims)

    def _read(self, claims: Mapping[str, Any]) -> Caller:
        subject = claims[self._settings.oidc_name_claim]
        if not isinstance(subject, str) or not _is_subject(subject):
            raise NotAuthenticatedError
        name = f"oidc:{subject}"
        roles = [role for role in _words(claims, self._settings.oidc_role_claim) if role in ROLES]
        districts = _words(claims, self._settings.oidc_districts_claim)
        if len(set(roles)) != 1 or find_district_problems(districts):
            raise NoRoleError(name)
        scopes = frozenset(_words(claims, "scope")) if roles[0] == INTEGRATOR else None
        return Caller(name=name, role=roles[0], districts=read_districts(districts), scopes=scopes)


def end_of_token(token: str) -> datetime:
    """Return until when a token says it is good; whether it is, `Issuer.identify` tells."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return datetime.fromtimestamp(claims["exp"], tz=UTC)


class _Keys(PyJWKClient):
    """Keys of the issuer; while it cannot be reached, nobody waits for it in vain."""

    _failed_at: float | None = None

    def fetch_data(self) -> Any:
        if self._failed_at is not None and time.monotonic() - self._failed_at < RETRY_S:
            raise PyJWKClientConnectionError("it could not be reached just now")
        try:
            fetched = super().fetch_data()
        except (PyJWTError, ValueError, OSError) as error:  # no answer, or none that is keys
            self._failed_at = time.monotonic()
            raise PyJWKClientConnectionError(str(error)) from error
        self._failed_at = None
        return fetched


def _words(claims: Mapping[str, Any], claim: str) -> list[str]:
    """Return a claim that is a list of texts, or one text of words."""
    value = claims.get(claim, [])
    if isinstance(value, str):
        return value.split()
    return [str(word) for word in value] if isinstance(value, list) else []


def _is_subject(text: str) -> bool:
    return text.isprintable() and text == text.strip() and 0 < len(text) <= _LONGEST_SUBJECT
