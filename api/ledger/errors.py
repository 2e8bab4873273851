"""Errors of the ledger: why nothing could be promised."""

from __future__ import annotations

from collections.abc import Sequence

from api.database.plans import StoredPlan
from api.database.waiting import Place
from grid_models.errors import SupplyPlanError
from planner.plan import RejectionReason

__all__ = [
    "AstrayPromisesError",
    "CapacityGoneError",
    "GridMovedError",
    "NoSuchOptionError",
    "NotConfirmedError",
    "NotProvedError",
    "NotTimedError",
    "NothingToConfirmError",
    "NothingToDecideError",
    "RulesMovedError",
    "WorksFirstError",
]

# Nodes a sentence names before it only counts.
NAMED = 5


class AstrayPromisesError(SupplyPlanError):
    """Something was promised where this version of the grid has nothing: no room can be proved."""

    def __init__(self, nodes: Sequence[str]) -> None:
        named = ", ".join(nodes[:NAMED]) + (" ..." if len(nodes) > NAMED else "")
        super().__init__(
            f"{len(nodes)} promise(s) stand at nodes this version of the grid does not have "
            f"({named}); the desk has to place them anew first / "
            f"{len(nodes)} 项已承诺容量所在节点不在当前电网版本中（{named}），须先由后台重新落点"
        )


class CapacityGoneError(SupplyPlanError):
    """Others were promised what an option needs.

    Parameters
    ----------
    obstacles
        What stands against it now.
    """

    def __init__(self, obstacles: Sequence[RejectionReason]) -> None:
        self.obstacles = tuple(obstacles)
        # the version of the plan that was made with what is left, and the place in the queue
        self.fresh: StoredPlan | None = None
        self.place: Place | None = None
        # for outsiders: no figure of the grid
        self.is_cut = False
        super().__init__(
            "; ".join(reason.en for reason in obstacles)
            + " / "
            + "；".join(reason.zh for reason in obstacles)
        )


class GridMovedError(SupplyPlanError):
    """A plan was made on another version of the grid."""

    def __init__(self, planned: str, served: str) -> None:
        super().__init__(
            f"the plan was made on grid version {planned}, {served} is served now; plan anew / "
            f"方案基于电网版本 {planned}，现为 {served}，请重新编制"
        )


class RulesMovedError(SupplyPlanError):
    """Rules a plan rests on are others by now on its acceptance day, or cannot be compared."""

    def __init__(self, planned: str, present: str) -> None:
        super().__init__(
            f"the plan was made by rules {planned}, rows it rests on are others in {present} on "
            f"its acceptance day; plan anew / 方案依据规则版本 {planned}，"
            f"其受理日适用的规则在 {present} 中已变更，请重新编制"
        )


class NoSuchOptionError(SupplyPlanError):
    """A plan has no option of that rank."""

    def __init__(self, rank: int, count: int) -> None:
        super().__init__(
            f"the plan has {count} option(s), there is no option {rank} / "
            f"方案共 {count} 个可选，没有第 {rank} 个"
        )


class NotConfirmedError(SupplyPlanError):
    """The desk has not said that it stands for an option."""

    def __init__(self, application_id: str, version: int, rank: int) -> None:
        super().__init__(
            f"the desk has not confirmed option {rank} of version {version} of the plan of "
            f"application {application_id}; no reply before it does / "
            f"后台尚未确认申请 {application_id} 第 {version} 版方案的第 {rank} 个方案，"
            "确认前不能答复"
        )


class NothingToConfirmError(SupplyPlanError):
    """An application is past what is confirmed at the site, or has not come to it."""

    def __init__(self, application_id: str, state: str) -> None:
        super().__init__(
            f"application {application_id} is {state}; what it states is confirmed while it is "
            "accepted or planned / "
            f"申请 {application_id} 现为 {state}，只在 accepted 或 planned 时现场确认"
        )


class NothingToDecideError(SupplyPlanError):
    """An application is past the desk's decision, or has not come to it."""

    def __init__(self, application_id: str, state: str) -> None:
        super().__init__(
            f"application {application_id} is {state}; the desk decides while it is planned or "
            "held / "
            f"申请 {application_id} 现为 {state}，后台只在 planned 或 held 时决定"
        )


class NotPreviewedError(SupplyPlanError):
    """The form that would be made is not the one that was looked at."""

    def __init__(self, application_id: str) -> None:
        super().__init__(
            f"what is signed for application {application_id} is not what was shown: look at the "
            f"form again / 申请 {application_id} 签署的内容与预览不一致，请重新查看答复单"
        )


class NotProvedError(SupplyPlanError):
    """What is held was promised on an earlier version of the grid and is not proved on this one."""

    def __init__(self, application_id: str, served: str) -> None:
        super().__init__(
            f"what is held for application {application_id} is not known to hold on grid version "
            f"{served}; the desk has to look, or plan anew / "
            f"申请 {application_id} 占用的容量在电网版本 {served} 上尚未证明成立，"
            "须由后台复核或重新编制方案"
        )


class NotTimedError(SupplyPlanError):
    """The utility's clock does not count for an application."""

    def __init__(self, application_id: str, state: str) -> None:
        super().__init__(
            f"application {application_id} is {state}: no clock counts / "
            f"申请 {application_id} 现为 {state}，不计时"
        )


class WorksFirstError(SupplyPlanError):
    """An option rests on load that is moved first: its room there cannot be held yet."""

    def __init__(self) -> None:
        super().__init__(
            "the option rests on load that is moved to another feeder first, whose room cannot be "
            "held for it; the desk has to carry the works out, then plan anew / "
            "该方案须先将负荷转移至其他馈线，转移所需容量无法占用；须由后台先实施工程，再重新编制方案"
        )
