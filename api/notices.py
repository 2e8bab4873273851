"""Notices: one sentence for each kind of event, Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from api.clock import COMPANY
from api.database.notices import Notice
from planner.messages import Message

__all__ = ["SENTENCES", "sentence_of"]

_Facts = Mapping[str, Any]
_STATES = {
    "draft": ("已存为草稿", "is kept as a draft"),
    "accepted": ("已受理", "was accepted"),
    "planned": ("已有供电方案", "is planned"),
    "held": ("已占用容量", "has its capacity held"),
    "replied": ("已答复", "was replied to"),
    "agreed": ("客户已确认", "was agreed to by the customer"),
    "in_construction": ("已开工", "is in construction"),
    "energised": ("已送电", "is energised"),
    "withdrawn": ("已撤回", "was withdrawn"),
    "expired": ("答复已过有效期", "has expired"),
    "superseded": ("已由另一申请取代", "gave way to another one"),
}
_MODES = {
    "on_site": ("可现场答复", "it can be answered on the spot"),
    "back_office": ("须后台确认", "it goes to the desk"),
    "no_option": ("没有可行方案", "no option is feasible"),
}
_JOBS = {
    "done": ("已完成", "is done"),
    "failed": ("失败", "failed"),
    "cancelled": ("已取消", "was cancelled"),
}
_UNKNOWN_MODE = ("待定", "its mode is not known")


def sentence_of(notice: Notice) -> Message:
    """Return what happened, in one sentence."""
    return SENTENCES[notice.kind](notice.payload)


def _moved(zh: str, en: str) -> Callable[[_Facts], Message]:
    def say(facts: _Facts) -> Message:
        name = facts["application_id"]
        return Message(zh=f"申请 {name} {zh}", en=f"application {name} {en}")

    return say


def _ended(zh: str, en: str) -> Callable[[_Facts], Message]:
    def say(facts: _Facts) -> Message:
        name = facts["job_id"]
        return Message(zh=f"批量任务 {name} {zh}", en=f"bulk submission {name} {en}")

    return say


def _limit(zh: str, en: str) -> Callable[[_Facts], Message]:
    def say(facts: _Facts) -> Message:
        name, due_on = facts["application_id"], facts["limit_due_on"]
        return Message(
            zh=f"申请 {name} 的办理时限为 {due_on}，{zh}",
            en=f"the limit of application {name}, {due_on}, is {en}",
        )

    return say


def _decided(facts: _Facts) -> Message:
    name, rank = facts["application_id"], facts["rank"]
    return Message(
        zh=f"后台已就申请 {name} 确认方案 {rank}",
        en=f"the desk stands for option {rank} of application {name}",
    )


def _plan_made(facts: _Facts) -> Message:
    name, version = facts["application_id"], facts["version"]
    zh, en = _MODES.get(facts["mode"], _UNKNOWN_MODE)
    return Message(
        zh=f"申请 {name} 的第 {version} 版方案已编制，{zh}",
        en=f"version {version} of the plan of application {name} was made; {en}",
    )


def _hold(zh: str, en: str) -> Callable[[_Facts], Message]:
    def say(facts: _Facts) -> Message:
        name, moment = facts["application_id"], facts["expires_at"]
        until = "" if moment is None else f"{_here(moment):%Y-%m-%d %H:%M}"
        until_zh = f"至 {until}" if until else "，不限期"
        until_en = f"until {until}" if until else "without an end"
        return Message(
            zh=f"申请 {name} 的容量{zh}{until_zh}",
            en=f"the capacity of application {name} {en} {until_en}",
        )

    return say


def _released(facts: _Facts) -> Message:
    name = facts["application_id"]
    zh, en = ("已到期", "ran out") if facts["has_run_out"] else ("已释放", "was given up")
    return Message(
        zh=f"申请 {name} 的容量占用{zh}", en=f"the hold of application {name} {en}"
    )  # fmt: skip


def _not_kept(facts: _Facts) -> Message:
    name, version = facts["application_id"], facts["grid_version"]
    return Message(
        zh=f"申请 {name} 已占用的容量在电网版本 {version} 上不再成立",
        en=f"what is held for application {name} does not hold on grid version {version}",
    )


def _correction(facts: _Facts) -> Message:
    name, grid = facts["correction_id"], facts["grid_name"]
    return Message(
        zh=f"电网“{grid}”有新的地图更正 {name}",
        en=f'a correction of the map of grid "{grid}" was opened: {name}',
    )


def _here(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(COMPANY)


SENTENCES: Mapping[str, Callable[[_Facts], Message]] = {
    **{f"application.{state}": _moved(*words) for state, words in _STATES.items()},
    **{f"job.{state}": _ended(*words) for state, words in _JOBS.items()},
    "application.limit_near": _limit("即将到期", "near"),
    "application.limit_past": _limit("已超期", "past"),
    "plan.made": _plan_made,
    "desk.decided": _decided,
    "hold.placed": _hold("已占用", "is held"),
    "hold.changed": _hold("继续占用", "stays held"),
    "hold.ending": _hold("占用即将到期，仅", "is held for a short time more,"),
    "hold.released": _released,
    "promise.not_kept": _not_kept,
    "correction.opened": _correction,
}
"""What is said of each kind of event, by what is told of it."""
