"""The web application: settings, grids and maybe a database in, an ASGI app out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from threading import Thread

from fastapi import Depends, FastAPI

from api.auth.dependency import allowed, authenticate
from api.auth.identity import Identity
from api.background import Background
from api.body_limit import BodyLimit
from api.database import Database
from api.errors import add_exception_handlers
from api.openapi import DescribedApp
from api.refusals import NOT_ALLOWED
from api.request_log import RequestLog
from api.routes import (
    accounts,
    applications,
    grid,
    health,
    keys,
    metrics,
    plans,
    scenarios,
    sessions,
)
from api.routes.metrics import NO_TOKEN, metrics_token
from api.serving import ServedGrids
from api.settings import Settings
from api.stopping import Stopping

__all__ = ["create_app"]


def create_app(settings: Settings, grids: ServedGrids, database: Database | None = None) -> FastAPI:
    """Return the app that answers for some grids.

    Parameters
    ----------
    settings
        Limits of the server.
    grids
        What it answers for; prepared in the background once the app starts, so that ``/readyz``
        can say so.
    database
        Who may what; every route below ``/v1`` but the login then asks who is there. None: nobody
        is asked, and nothing is kept.
    """
    # what goes on beside the answers, once the app has started
    background: list[Background] = []
    stopping = Stopping(settings.drain_s)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if not grids.is_ready:
            Thread(target=grids.prepare, name="prepare-grids", daemon=True).start()
        for each in background:
            each.start()
        stopping.watch()
        yield
        stopping.begin()
        for each in background:
            each.stop()
        for each in background:
            each.join()
        if database is not None:
            database.close()

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
    app.state.database = database
    app.state.stopping = stopping
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(RequestLog)  # around all others
    add_exception_handlers(app)
    app.include_router(health.router)
    if database is None:
        for router in (metrics.router, grid.router, plans.router, scenarios.router):
            app.include_router(router)
        return app
    app.state.identity = Identity.of(database, settings)
    holder = Depends(metrics_token(settings))
    app.include_router(metrics.router, dependencies=[holder], responses=NO_TOKEN)
    for router, needed in (
        (grid.router, authenticate),
        (plans.router, allowed("plan.make")),
        # what a change of the grid does tells what the grid can take
        (scenarios.router, allowed("capacity.read")),
    ):
        app.include_router(router, dependencies=[Depends(needed)], responses=NOT_ALLOWED)
    for router in (sessions.router, accounts.router, keys.router, applications.router):
        app.include_router(router)
    return app
