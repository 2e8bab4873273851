"""Settings: what a deployment may change, from the environment (``SUPPLY_PLAN_...``)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Limits of the server. Where it listens and what it serves are options of ``serve``."""

    model_config = SettingsConfigDict(env_prefix="SUPPLY_PLAN_", frozen=True)

    max_body_bytes: int = Field(default=1_000_000, gt=0, description="Larger bodies get 413.")
