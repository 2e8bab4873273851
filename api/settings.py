"""Settings: what a deployment may change, from the environment (``SUPPLY_PLAN_...``)."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.database.limits import Limits

__all__ = ["Settings"]

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(BaseSettings):
    """Limits of the server. Where it listens and what it serves are options of ``serve``."""

    model_config = SettingsConfigDict(env_prefix="SUPPLY_PLAN_", frozen=True)

    max_body_bytes: int = Field(default=1_000_000, gt=0, description="Larger bodies get 413.")

    session_hours: int = Field(default=12, gt=0, le=720, description="A login is good so long.")
    login_failures: int = Field(
        default=10, gt=0, description="So many failed logins of a name, then 429."
    )
    login_window_minutes: int = Field(
        default=15, gt=0, le=1_440, description="Failed logins count so long."
    )
    key_days: int = Field(
        default=365, gt=0, le=3_650, description="A key is good at most so long, then rotated."
    )

    answer_days: int = Field(
        default=30, gt=0, le=365, description="An answer with an Idempotency-Key is kept so long."
    )

    database_connections: int = Field(
        default=15, gt=0, le=1_000, description="Most connections of each worker."
    )
    database_wait_s: float = Field(
        default=10.0, gt=0, le=600, description="Longest wait for the database, then 503."
    )
    database_statement_s: float = Field(
        default=60.0, gt=0, le=3_600, description="Longest statement or pause on PostgreSQL."
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What the log holds; requests are info."
    )
    metrics_token: SecretStr | None = Field(
        default=None, min_length=32, description="Bearer token for /metrics; none: nobody reads."
    )
    drain_s: float = Field(
        default=1.0, ge=0, le=600, description="SIGTERM: not ready so long before it stops."
    )
    stop_s: int = Field(
        default=30, gt=0, le=3_600, description="Requests in flight have so long to finish."
    )

    oidc_issuer: str | None = Field(
        default=None, description="Issuer of the company's sign-in; none: only logins and keys."
    )
    oidc_jwks_url: str | None = Field(
        default=None, description="Where its public keys are; https, or this machine."
    )
    oidc_audience: str | None = Field(default=None, description="Whom its tokens must be for: us.")
    oidc_name_claim: str = Field(default="sub", description="Claim that tells one from another.")
    oidc_role_claim: str = Field(default="role", description="Claim of the role, or of several.")
    oidc_districts_claim: str = Field(default="districts", description='Claim; "*" is every one.')

    @property
    def limits(self) -> Limits:
        """What bounds the use of the database."""
        return Limits(
            connections=self.database_connections,
            wait_s=self.database_wait_s,
            statement_s=self.database_statement_s,
        )

    @model_validator(mode="after")
    def _check_sign_in(self) -> Self:
        given = (self.oidc_issuer, self.oidc_jwks_url, self.oidc_audience)
        if any(given) and not all(given):
            raise ValueError(
                "OIDC_ISSUER, OIDC_JWKS_URL and OIDC_AUDIENCE belong together / 三者须同时给出"
            )
        if self.oidc_jwks_url is not None:
            address = urlsplit(self.oidc_jwks_url)
            is_safe = address.scheme == "https" or (
                address.scheme == "http" and address.hostname in _LOOPBACK
            )
            if not is_safe:
                raise ValueError("OIDC_JWKS_URL must be https / OIDC_JWKS_URL 应为 https 地址")
        return self
