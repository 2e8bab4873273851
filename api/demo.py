"""The demonstration: a made-up district, three applications answered, then a server."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from api import clock
from api.auth.accounts import add_account, hash_new_password
from api.auth.names import COMMAND_LINE
from api.auth.passwords import Passwords
from api.commands.database import open_served
from api.commands.serve import serve_grids
from api.database import Database
from api.serving import ServedGrid, ServedGrids, serve_grid
from api.settings import Settings
from api.terminal import make_console, short_plan_page
from grid_models.catalogue import load_catalogue
from grid_models.synthesize import synthesize_grid
from planner.assistant import make_plan
from planner.intake import read_application
from planner.plan import SupplyPlan
from planner.rules import load_rule_book

__all__ = [
    "APPLICATIONS", "DISTRICT", "NODES", "PERSON", "SEED", "DemoApplication", "add_person",
    "answer", "run_demo",
]  # fmt: skip

NODES, SEED = 3_000, 1
PERSON, DISTRICT = "demo", "演示区"
# of randomness in the password
PASSWORD_BYTES = 12


class DemoApplication(NamedTuple):
    """An application with its title."""

    title: str
    fields: Mapping[str, Any]


# Places of the district of that seed: where the board next door is full and another one near is
# not, where a private branch is nearer than the public line, and where a feeder takes 2,500 kVA.
APPLICATIONS = (
    DemoApplication(
        "150 kW 商铺：低压",
        {"at": "120.1496,30.27535", "kw": "150", "category": "commercial", "special_load": "none"},
    ),
    DemoApplication(
        "800 kVA 车间：最近且能承载的 10 kV 公用接入点",
        {
            "at": "120.16285,30.28368",
            "kva": "800",
            "category": "industrial",
            "special_load": "none",
        },
    ),
    DemoApplication(
        "2,500 kVA 工厂：转后台，附方案与原因",
        {
            "at": "120.13523,30.28965",
            "kva": "2500",
            "category": "industrial",
            "special_load": "none",
            "route_confirmed_by": "示例",
        },
    ),
)


def run_demo(*, serve: bool, host: str, port: int) -> None:
    """Print three answers with the time each took, then serve the district if asked."""
    console = make_console()
    today = clock.today()
    start = perf_counter()
    grid = synthesize_grid(nodes=NODES, seed=SEED, load_date=today, topology_date=today)
    served = serve_grid(grid)
    for application in APPLICATIONS:  # the first answers of all also compile the solver
        answer(served, application, today)
    console.print(
        f"{grid.metadata.name}：{len(grid.nodes):,} 个节点，"
        f"准备 {perf_counter() - start:.1f} 秒（生成、编译、首次计算）"
    )
    for application in APPLICATIONS:
        start = perf_counter()
        plan = answer(served, application, today)
        took_ms = 1_000.0 * (perf_counter() - start)
        console.rule(application.title)
        console.print(short_plan_page(plan, served.model, load_rule_book(plan.rules.area).title_zh))
        console.print(f"用时 {took_ms:,.0f} 毫秒", style="bold")
    console.rule()
    console.print(
        f"同一城区：supply-plan grid synthesize -o 文件夹 --nodes {NODES} --seed {SEED}",
        soft_wrap=True,
    )
    if serve:
        with TemporaryDirectory(prefix="supply-plan-demo-") as folder:
            database = open_served(f"sqlite:///{Path(folder, 'service.db')}", Settings().limits)
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            add_person(database, password)
            console.print(
                f"本机登录 / local login：{PERSON}  {password}\n"
                "（手机端请用浏览器打开下面的服务地址 / open the address below for the phone app；"
                "数据库为临时文件，停止后即删除 / gone when it stops）",
                soft_wrap=True,
            )
            serve_grids(ServedGrids([grid]), database, host=host, port=port)


def add_person(database: Database, password: str) -> None:
    """Have a planner of the demonstration's district log in with a password."""
    hashed = hash_new_password(Passwords.recommended(), password, PERSON)
    database.write(
        lambda connection: add_account(
            connection, name=PERSON, password_hash=hashed, role="planner", districts=[DISTRICT],
            actor=COMMAND_LINE, now=clock.now(),
        )
    )  # fmt: skip


def answer(served: ServedGrid, application: DemoApplication, today: date) -> SupplyPlan:
    """Answer one of the applications as any other would be."""
    asked = read_application(
        application.fields, grid=served.area, rule_book=load_rule_book, today=today
    )
    return make_plan(asked, served.model, load_rule_book(asked.area), load_catalogue())
