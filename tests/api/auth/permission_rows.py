"""Who may what over HTTP, written down by hand: one row an operation of the OpenAPI document.

A new route needs a row here, or `test_permission_matrix.py` fails and names it:

- who may: some of MANAGER, PLANNER, INTEGRATOR, AUDITOR, ADMINISTRATOR, or EVERYBODY;
- whose: NOBODYS where it is about no district, THEIRS where the path names something of a
  district (another district's is then 404), GIVEN where the body says which district (another one
  is then 403), LISTED where rows are listed by district, ALL where it takes every district (who
  has one only is 403);
- body: one that is in order, so that nothing but the permission is at stake. ``OWN`` in it stands
  for the district the thing is of.

What a path names, such as ``{application_id}``, is made by `MAKERS` of the test: a new name needs
a maker there, which puts one into the database and returns its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MANAGER, PLANNER, INTEGRATOR, AUDITOR, ADMINISTRATOR = (
    "manager", "planner", "integrator", "auditor", "administrator",
)  # fmt: skip
ROLES = (MANAGER, PLANNER, INTEGRATOR, AUDITOR, ADMINISTRATOR)
EVERYBODY = ROLES
NOBODYS, THEIRS, GIVEN, LISTED, ALL = "nobody's", "theirs", "given", "listed", "all"
OWN, OTHER = "西湖", "上城"
PASSWORD = "correct horse battery"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Row:
    """Who may do one thing.

    Parameters
    ----------
    body
        As JSON; None: none is sent.
    names
        Field of a listed row that tells it from others, and the maker of such a row.
    """

    roles: tuple[str, ...]
    whose: str = NOBODYS
    body: Any = None
    names: str = ""


WRITERS = (MANAGER, PLANNER, INTEGRATOR)
READERS = (*WRITERS, AUDITOR)
SITE = {"at": [120.1633, 30.2802], "kw": 60, "special_load": "none"}

INSIDE = (MANAGER, PLANNER, AUDITOR)
HOOKERS = (INTEGRATOR, ADMINISTRATOR)
HOOK = "/v1/webhooks/{webhook_id}"
APPLICATION = "/v1/applications/{application_id}"

OPEN = {
    "GET /healthz", "GET /readyz", "POST /v1/sessions", "GET /metrics", "GET /app-info",
    "POST /v1/sessions/browser", "POST /v1/sessions/sign-in",
}  # fmt: skip
"""What answers without a token of a caller; counts have a token of their own."""

MATRIX: Mapping[str, Row] = {
    "GET /v1/grid": Row(EVERYBODY),
    # nothing is kept
    "POST /v1/plans": Row(WRITERS, body={}),
    "POST /v1/plans/pdf": Row((MANAGER, PLANNER), body={}),
    "POST /v1/plans/diagram": Row((MANAGER, PLANNER), body={}),
    "POST /v1/scenarios": Row((MANAGER, PLANNER, AUDITOR), body={}),
    # one's own
    "GET /v1/sessions/current": Row(EVERYBODY),
    "DELETE /v1/sessions/current": Row(EVERYBODY),
    "GET /v1/words": Row(EVERYBODY),
    "PUT /v1/accounts/current/password": Row(EVERYBODY, body={}),
    # accounts and keys
    "GET /v1/accounts": Row((ADMINISTRATOR,), LISTED, names="account_id"),
    "POST /v1/accounts": Row(
        (ADMINISTRATOR,), GIVEN,
        {"name": "chen", "role": "manager", "districts": [OWN], "password": PASSWORD},
    ),
    "PATCH /v1/accounts/{account_id}": Row((ADMINISTRATOR,), THEIRS, {"role": "auditor"}),
    "GET /v1/keys": Row((ADMINISTRATOR,), LISTED, names="key_id"),
    "POST /v1/keys": Row(
        (ADMINISTRATOR,), GIVEN, {"name": "website", "scopes": ["plan.make"], "districts": [OWN]}
    ),
    "POST /v1/keys/{key_id}/rotate": Row((ADMINISTRATOR,), THEIRS, {}),
    "POST /v1/keys/{key_id}/revoke": Row((ADMINISTRATOR,), THEIRS),
    # applications
    "POST /v1/applications": Row(WRITERS, GIVEN, {"district": OWN, "application": SITE}),
    "GET /v1/applications": Row(READERS, LISTED, names="application_id"),
    "GET /v1/applications/{application_id}": Row(READERS, THEIRS),
    "POST /v1/applications/{application_id}/plans": Row(WRITERS, THEIRS),
    "GET /v1/applications/{application_id}/plans/{version}": Row(READERS, THEIRS),
    f"GET {APPLICATION}/plans/{{version}}/diagram": Row(INSIDE, THEIRS),
    f"GET {APPLICATION}/plans/{{version}}/map": Row(INSIDE, THEIRS),
    f"GET {APPLICATION}/plans/{{version}}/pdf": Row(INSIDE, THEIRS),
    "POST /v1/applications/{application_id}/hold": Row(
        WRITERS, THEIRS, {"version": 1, "rank": 1}
    ),
    "POST /v1/applications/{application_id}/moves": Row(WRITERS, THEIRS, {"to": "withdrawn"}),
    f"GET {APPLICATION}/moves": Row(READERS, THEIRS),
    f"GET {APPLICATION}/plans": Row(READERS, THEIRS),
    "POST /v1/applications/bulk": Row(WRITERS, body={}),
    # drafts
    "POST /v1/applications/drafts": Row(
        WRITERS, GIVEN, {"district": OWN, "application": {"kva": 1}}
    ),
    f"PUT {APPLICATION}": Row(WRITERS, THEIRS, {"application": {}}),
    f"POST {APPLICATION}/accept": Row(WRITERS, THEIRS, {}),
    # clocks
    f"POST {APPLICATION}/pauses": Row(
        WRITERS, THEIRS, {"reason": "missing_papers", "from_on": "2026-08-04"}
    ),
    f"POST {APPLICATION}/pauses/{{number}}/end": Row(
        WRITERS, THEIRS, {"until_on": "2026-08-05"}
    ),
    # the desk
    f"POST {APPLICATION}/decisions": Row((PLANNER,), THEIRS, {"version": 1, "rank": 1}),
    f"GET {APPLICATION}/decisions": Row(INSIDE, THEIRS),
    "GET /v1/desk/waiting": Row((PLANNER,)),
    "GET /v1/desk/overrides": Row(INSIDE),
    "GET /v1/desk/shadow": Row(INSIDE),
    "POST /v1/desk/shadow": Row(
        (ADMINISTRATOR,), GIVEN, {"district": OWN, "is_shadow": False}
    ),
    # replies
    f"POST {APPLICATION}/reply": Row(
        (MANAGER, PLANNER), THEIRS,
        {"signed_on": "2026-06-01", "details": {"customer": "甲公司", "address": "文园路 1 号"}},
    ),
    f"POST {APPLICATION}/reply/preview": Row(
        (MANAGER, PLANNER), THEIRS,
        {"details": {"customer": "甲公司", "address": "文园路 1 号"}},
    ),
    f"GET {APPLICATION}/reply": Row(READERS, THEIRS),
    f"GET {APPLICATION}/reply/form": Row(INSIDE, THEIRS),
    f"GET {APPLICATION}/reply/pages/{{number}}": Row(INSIDE, THEIRS),
    f"DELETE {APPLICATION}/reply/form": Row((ADMINISTRATOR,), THEIRS),
    # at the site
    f"POST {APPLICATION}/confirmations": Row(
        (MANAGER, PLANNER), THEIRS, {"code": "route_clear"}
    ),
    f"GET {APPLICATION}/confirmations": Row(INSIDE, THEIRS),
    f"POST {APPLICATION}/photos": Row((MANAGER, PLANNER), THEIRS),
    f"GET {APPLICATION}/photos": Row(INSIDE, THEIRS),
    f"GET {APPLICATION}/photos/{{number}}": Row(INSIDE, THEIRS),
    f"DELETE {APPLICATION}/photos/{{number}}": Row((ADMINISTRATOR,), THEIRS),
    "POST /v1/map-corrections": Row(
        (MANAGER, PLANNER), GIVEN,
        {"district": OWN, "kind": "pole_here", "lon": 120.1633, "lat": 30.2802},
    ),
    "GET /v1/map-corrections": Row(INSIDE, LISTED, names="correction_id"),
    "POST /v1/map-corrections/{correction_id}/moves": Row((PLANNER,), THEIRS, {"to": "taken"}),
    # one's work
    "GET /v1/work/counts": Row(INSIDE),
    "GET /v1/notices": Row(INSIDE),
    "GET /v1/places": Row(INSIDE),
    # what is promised, what the grid takes
    "GET /v1/commitments": Row(INSIDE, LISTED, names="hold_id"),
    "POST /v1/commitments/{hold_id}/checks": Row((PLANNER,), THEIRS),
    "POST /v1/commitments/{hold_id}/place": Row((PLANNER,), THEIRS, {"node_ids": ["bus:1"]}),
    "GET /v1/capacity": Row(INSIDE),
    "GET /v1/map/{grid_version}/tiles/{z}/{x}/{y}": Row(INSIDE),
    "GET /v1/map/{grid_version}/headroom": Row(INSIDE),
    "GET /v1/map/{grid_version}/pack": Row(INSIDE),
    "GET /v1/map/{grid_version}/elements/{element_id}": Row(INSIDE),
    "GET /v1/grids/versions": Row(EVERYBODY),
    "POST /v1/grids/reload": Row((PLANNER,)),
    "GET /v1/audit": Row((AUDITOR,)),
    # jobs
    "POST /v1/jobs": Row((PLANNER,), GIVEN, {"kind": "capacity_map", "district": OWN}),
    "GET /v1/jobs": Row(READERS, LISTED, names="job_id"),
    "GET /v1/jobs/{job_id}": Row(READERS, THEIRS),
    "POST /v1/jobs/{job_id}/cancel": Row(WRITERS, THEIRS),
    "GET /v1/jobs/{job_id}/rows": Row(READERS, THEIRS),
    "GET /v1/jobs/{job_id}/files/{name}": Row(READERS, THEIRS),
    # rules
    "GET /v1/rules": Row(EVERYBODY),
    "GET /v1/rules/{area}/gaps": Row(EVERYBODY),
    "GET /v1/rules/drafts": Row((*INSIDE, ADMINISTRATOR)),
    "GET /v1/rules/drafts/{draft_id}": Row((*INSIDE, ADMINISTRATOR)),
    "POST /v1/rules/drafts": Row((ADMINISTRATOR,), ALL, {"area": "demo", "entries": [{}]}),
    "POST /v1/rules/drafts/{draft_id}/approve": Row((ADMINISTRATOR,), ALL, {}),
    "POST /v1/rules/drafts/{draft_id}/reject": Row((ADMINISTRATOR,), ALL, {}),
    # call-backs
    "POST /v1/webhooks": Row(
        HOOKERS, GIVEN, {"url": "https://93.184.215.14/told", "districts": [OWN]}
    ),
    "GET /v1/webhooks": Row(HOOKERS, LISTED, names="webhook_id"),
    f"GET {HOOK}": Row(HOOKERS, THEIRS),
    f"PATCH {HOOK}": Row(HOOKERS, THEIRS, {"is_active": True}),
    f"DELETE {HOOK}": Row(HOOKERS, THEIRS),
    f"GET {HOOK}/deliveries": Row(HOOKERS, THEIRS),
    f"POST {HOOK}/deliveries/replay": Row(HOOKERS, THEIRS),
    f"POST {HOOK}/deliveries/{{event_id}}/replay": Row(HOOKERS, THEIRS),
    f"POST {HOOK}/rotate": Row(HOOKERS, THEIRS, {}),
    f"POST {HOOK}/test": Row(HOOKERS, THEIRS),
}  # fmt: skip
