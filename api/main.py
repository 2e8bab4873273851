"""The web application: settings and grids in, an ASGI app out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from threading import Thread

from fastapi import FastAPI

from api.body_limit import BodyLimit
from api.errors import add_exception_handlers
from api.openapi import DescribedApp
from api.routes import grid, health, plans, scenarios
from api.serving import ServedGrids
from api.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings, grids: ServedGrids) -> FastAPI:
    """Return the app that answers for some grids.

    Parameters
    ----------
    settings
        Limits of the server.
    grids
        What it answers for; prepared in the background once the app starts, so that ``/readyz``
        can say so.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        Thread(target=grids.prepare, name="prepare-grids", daemon=True).start()
        yield

    app = DescribedApp(
        title="Supply-Plan Assistant / 供电方案辅助编制",
        version=version("supply-plan-assistant"),
        lifespan=lifespan,
        # The documentation pages would fetch scripts from elsewhere; /openapi.json is enough.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.grids = grids
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    add_exception_handlers(app)
    for router in (health.router, grid.router, plans.router, scenarios.router):
        app.include_router(router)
    return app
