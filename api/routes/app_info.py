"""App info: what a page of ours has to know before anybody logs in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from api.auth.dependency import ThisIdentity
from api.browser_files import find_build
from api.dependencies import Now

__all__ = ["router"]

router = APIRouter(tags=["app"])


class SignInOut(BaseModel):
    """The company's sign-in, for a browser."""

    issuer: str
    client_id: str
    scope: str


class BaseMapOut(BaseModel):
    """Tiles of a map to lie under the grid."""

    url: Annotated[str, Field(description="With {x}, {y}, {z}.")]
    system: Annotated[str, Field(description="cgcs2000, wgs84 or gcj02.")]
    attribution: str


class AppInfoOut(BaseModel):
    """What a page of ours has to know; nothing in it is secret."""

    version: str
    build: Annotated[
        str | None, Field(description="Build of the web client; another one is newer. Null: none.")
    ]
    now: Annotated[datetime, Field(description="By the server's clock.")]
    sign_in: SignInOut | None
    base_map: BaseMapOut | None
    has_places: Annotated[bool, Field(description="Whether addresses can be looked up.")]


@router.get("/app-info", summary="What a page of ours has to know")
def get_app_info(request: Request, identity: ThisIdentity, now: Now) -> AppInfoOut:
    """Return version, sign-in and map of this deployment."""
    settings = identity.settings
    sign_in = base_map = None
    if settings.oidc_issuer and settings.oidc_client_id:
        sign_in = SignInOut(
            issuer=settings.oidc_issuer, client_id=settings.oidc_client_id,
            scope=settings.oidc_scope,
        )  # fmt: skip
    if settings.base_map_url is not None:
        base_map = BaseMapOut(
            url=settings.base_map_url, system=settings.base_map_system,
            attribution=settings.base_map_attribution,
        )  # fmt: skip
    return AppInfoOut(
        version=request.app.version, build=find_build(), now=now, sign_in=sign_in,
        base_map=base_map, has_places=settings.places_url is not None,
    )  # fmt: skip
