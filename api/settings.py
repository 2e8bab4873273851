"""Settings: what a deployment may change, from the environment (``SUPPLY_PLAN_...``)."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.database.limits import Limits

__all__ = ["Settings"]

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _split(given: Any) -> Any:
    """Return the words of a text; anything else as it is."""
    return given.replace(",", " ").split() if isinstance(given, str) else given


_Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_split)]


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

    reply_template_lv: Path | None = Field(
        default=None, description="The company's own reply form at low voltage, .docx."
    )
    reply_template_hv: Path | None = Field(
        default=None, description="The company's own reply form at 10 kV and above, .docx."
    )

    webhook_networks: _Networks = Field(
        default=(), description="Internal networks call-backs may go to, such as 10.20.0.0/16."
    )
    webhook_ca_file: FilePath | None = Field(
        default=None, description="Certificates (PEM) that are good for call-backs as well."
    )
    webhook_timeout_s: float = Field(
        default=10.0, gt=0, le=60, description="An attempt takes no longer, in seconds."
    )
    event_days: int = Field(
        default=90, gt=0, le=3_650, description="Events and their deliveries are kept so long."
    )

    grid_look_s: float = Field(
        default=5.0, ge=0.1, le=3_600, description="Between looks for new versions of grids."
    )

    tile_cache_bytes: int = Field(
        default=64_000_000, ge=0, description="Map tiles kept by each worker, compressed."
    )
    map_max_elements: int = Field(
        default=5_000, gt=0, description="Lines, and transformers, of one answer about the map."
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
    proxy_networks: _Networks = Field(
        default=(IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")),
        description="Proxies that are believed about https and who asks, such as 10.20.0.0/16.",
    )
    drain_s: float = Field(
        default=1.0, ge=0, le=600, description="SIGTERM: not ready so long before it stops."
    )
    stop_s: int = Field(
        default=30, gt=0, le=3_600, description="Requests in flight have so long to finish."
    )

    job_workers: int = Field(
        default=1, ge=0, le=16, description="Jobs this server works on at a time; 0: it takes none."
    )
    job_max_waiting: int = Field(
        default=20, gt=0, description="Jobs of one caller that may wait at a time, then 409."
    )
    job_threads: int = Field(
        default=1, ge=1, le=256, description="Threads of a capacity map in this process."
    )
    job_scheduler: str | None = Field(
        default=None, description="Address of a dask scheduler for capacity maps, tcp://HOST:PORT."
    )
    job_folder: Path | None = Field(
        default=None,
        description="Where parts of capacity maps lie until they are done; none: a folder of this "
        "user among the machine's temporary ones.",
    )
    job_file_max_bytes: int = Field(
        default=128_000_000, gt=0, le=900_000_000, description="Larger files of jobs are not kept."
    )
    job_file_days: int = Field(
        default=30, gt=0, le=3_650, description="Files of a job are kept so long after its end."
    )
    bulk_max_rows: int = Field(default=5_000, gt=0, description="Applications sent at once.")
    bulk_max_bytes: int = Field(
        default=10_000_000, gt=0, le=900_000_000, description="Size of what is sent at once."
    )

    photo_max_bytes: int = Field(
        default=8_000_000, gt=0, le=100_000_000, description="Larger photos get 413."
    )
    photo_max_pixels: int = Field(
        default=50_000_000, gt=0, le=80_000_000, description="Photos of more pixels are refused."
    )
    # what a phone's camera of 12 megapixels takes, 4,032 by 3,024, and a little more
    photo_max_progressive_pixels: int = Field(
        default=13_000_000, gt=0, le=80_000_000,
        description="Photos in several scans (progressive) of more pixels are refused.",
    )  # fmt: skip
    photos_at_once: int = Field(
        default=2, gt=0, le=64, description="Photos a worker unpacks at a time; others wait."
    )
    photos_waiting: int = Field(
        default=8, ge=0, le=32, description="Photos that wait for it, then 503: a thread each."
    )
    photo_side_px: int = Field(
        default=2_048, ge=256, le=8_192, description="Photos are kept at most so wide and high."
    )
    photos_per_application: int = Field(
        default=20, gt=0, le=1_000, description="Photos kept of one application, then 409."
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

    oidc_client_id: str | None = Field(
        default=None, description="Public client of the phone app (code flow with PKCE)."
    )
    oidc_scope: str = Field(default="openid", description="Scopes the phone app asks for.")

    base_map_url: str | None = Field(
        default=None,
        description="Tiles under the grid, with {x}, {y} and {z}; none: the grid alone.",
    )
    base_map_system: Literal["cgcs2000", "wgs84", "gcj02"] = Field(
        default="cgcs2000", description="Coordinates of that map."
    )
    base_map_attribution: str = Field(default="", description="Whose map it is, as shown.")
    places_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/{}]+/.*\{q\}",
        description="Search for addresses, with {q}; none: no search.",
    )
    places_kind: Literal["nominatim", "tianditu", "amap"] = Field(
        default="tianditu", description="How that search answers."
    )
    places_timeout_s: float = Field(
        default=4.0, gt=0, le=30, description="A search takes no longer, in seconds; then 503."
    )

    @property
    def limits(self) -> Limits:
        """What bounds the use of the database."""
        return Limits(
            connections=self.database_connections,
            wait_s=self.database_wait_s,
            statement_s=self.database_statement_s,
        )

    @field_validator("base_map_url")
    @classmethod
    def _check_base_map(cls, url: str | None) -> str | None:
        # its host stands in a header, which takes no other letters
        if url is None or (
            re.match(r"https?://(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d+)?/", url, re.ASCII)
            and all(field in url for field in ("{x}", "{y}", "{z}"))
        ):
            return url
        raise ValueError(
            "BASE_MAP_URL must be http(s)://HOST/ with {x}, {y} and {z} behind it, a host of other "
            "letters as xn-- / BASE_MAP_URL 应为 http(s)://主机/ 且其后含 {x}、{y}、{z}，"
            "中文域名请写成 xn-- 形式"
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
