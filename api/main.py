"""The web application: settings, grids and maybe a database in, an ASGI app out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from threading import Thread

from fastapi import Depends, FastAPI

from api import clock
from api.auth.dependency import allowed, authenticate
from api.auth.identity import Identity
from api.background import Background
from api.body_limit import BodyLimit
from api.browser_files import add_browser_files
from api.compression import add_compression
from api.darkroom import Darkroom
from api.database import Database
from api.errors import add_exception_handlers
from api.grid_watch import GridWatch
from api.jobs.bench import Bench
from api.jobs.worker import make_workers
from api.ledger.reminders import Reminder
from api.map.cache import Maps
from api.no_store import NoStore
from api.openapi import DescribedApp, name_operation
from api.places.search import PlaceSearch
from api.refusals import NOT_ALLOWED
from api.request_log import RequestLog
from api.routes import (
    accounts,
    app_info,
    applications,
    audit,
    bulk,
    capacity,
    clocks,
    commitments,
    confirmations,
    desk,
    drafts,
    grid,
    grid_versions,
    health,
    jobs,
    keys,
    map,
    map_corrections,
    metrics,
    photos,
    places,
    plan_papers,
    plans,
    replies,
    rules,
    scenarios,
    sessions,
    webhooks,
    words,
    work,
)
from api.routes.metrics import NO_TOKEN, metrics_token
from api.rule_shelf import RuleShelf
from api.serving import ServedGrids
from api.settings import Settings
from api.stopping import Stopping
from api.webhooks.background import call_backs

__all__ = ["create_app"]

_log = logging.getLogger(__name__)


def create_app(
    settings: Settings,
    grids: ServedGrids,
    database: Database | None = None,
    *,
    give_up: Callable[[], None] = lambda: None,
) -> FastAPI:
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
    give_up
        Called, from another thread, once the grids are known not to become ready.
    """
    # what goes on beside the answers, once the app has started
    watch = GridWatch(grids=grids, database=database)
    background: list[Background] = [
        Background(name="grid-versions", work=watch.look, pause_s=settings.grid_look_s),
    ]
    stopping = Stopping(settings.drain_s)

    def prepare() -> None:
        try:
            grids.prepare()
        except Exception:
            _log.exception("the grids could not be made ready")
            give_up()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if not grids.is_ready:
            Thread(target=prepare, name="prepare-grids", daemon=True).start()
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
        generate_unique_id_function=name_operation,
    )
    app.state.grids = grids
    grids.rules = RuleShelf(database)
    app.state.grid_watch = watch
    app.state.database = database
    app.state.stopping = stopping
    larger = (
        {}
        if database is None
        else {
            bulk.BULK_PATH: settings.bulk_max_bytes,
            photos.PHOTOS_PATH: settings.photo_max_bytes,
        }
    )
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, max_bytes_at=larger)
    add_compression(app)
    app.add_middleware(RequestLog)
    app.add_middleware(NoStore)  # around all others: faults are answered by the one below
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
        (words.router, authenticate),
        (plans.router, allowed("plan.make")),
        # what a change of the grid does tells what the grid can take
        (scenarios.router, allowed("capacity.read")),
    ):
        app.include_router(router, dependencies=[Depends(needed)], responses=NOT_ALLOWED)
    app.state.maps = Maps(settings.tile_cache_bytes)
    app.state.darkroom = Darkroom(at_once=settings.photos_at_once, waiting=settings.photos_waiting)
    app.state.places = PlaceSearch.of(settings)
    bench = Bench(database=database, grids=grids, settings=settings, clock=clock.now)
    app.state.job_workers = make_workers(bench)
    background += app.state.job_workers
    app.include_router(sessions.router)
    for router in (
        accounts.router,
        keys.router,
        # before applications: their paths are none of an application
        bulk.router,
        drafts.router,
        applications.router,
        plan_papers.router,
        clocks.router,
        confirmations.router,
        photos.router,
        replies.router,
        desk.router,
        webhooks.router,
        grid_versions.router,
        commitments.router,
        jobs.router,
        rules.router,
        audit.router,
        capacity.router,
        map.router,
        map_corrections.router,
        places.router,
        work.router,
    ):
        # before anything is read of the body: who sends no good token costs no work
        app.include_router(router, dependencies=[Depends(authenticate)])
    app.webhooks = webhooks.events
    background += call_backs(database, settings)
    reminder = Reminder(database=database, now=clock.now, grids=grids)
    background.append(reminder.background())
    app.include_router(app_info.router)
    add_browser_files(app, settings)
    return app
