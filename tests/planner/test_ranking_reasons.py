"""What the reason of the first option says of a nearer point that was refused."""

from __future__ import annotations

from planner.plan import AccessPoint, Rejected, RejectionReason
from tests.planner.test_ranking import explained, point, why


def nearer_refused(reason: RejectionReason) -> Rejected:
    return Rejected(
        kind="mv_public_tee",
        access_point=AccessPoint(
            kind="line_tee", element_id="line:9", bay_id=None, position=0.5, lon=0.0, lat=0.0,
            distance_m=33.0,
        ),
        reasons=(reason,),
    )  # fmt: skip


def test_a_nearer_point_that_was_refused_is_named_with_its_reason() -> None:
    reason = RejectionReason(
        code="heavy_load", element_id="line:9", value=93.0, limit=80.0, unit="%",
        zh="重载", en="too full",
    )  # fmt: skip
    assert why(point("a"), nearer=nearer_refused(reason)) == (
        "the only option that passes; <line:9> is nearer (33 m) but does not pass: too full"
    )


def test_the_reason_against_a_nearer_point_does_not_repeat_its_name() -> None:
    reason = RejectionReason(
        code="not_public", element_id="line:9", value=None, limit=None, unit=None,
        zh="<line:9> 为客户资产，不能从其接入（<line:9>）",
        en="<line:9> belongs to a customer and cannot be connected to (<line:9>)",
    )  # fmt: skip
    refused = nearer_refused(reason)
    text = explained(point("a"), nearer=refused)
    assert text.zh.count("<line:9>") == text.en.count("<line:9>") == 1
    assert text.zh.endswith("不可行：该处为客户资产，不能从其接入")
    assert text.en.endswith("does not pass: it belongs to a customer and cannot be connected to")


def test_a_reason_about_another_element_names_it() -> None:
    reason = RejectionReason(
        code="heavy_load", element_id="line:95", value=None, limit=None, unit=None,
        zh="<line:95> 重载", en="<line:95> is full",
    )  # fmt: skip
    text = explained(point("a"), nearer=nearer_refused(reason))
    assert text.zh.endswith("<line:95> 重载")
