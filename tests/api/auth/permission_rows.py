"""Who may what over HTTP, written down by hand: one row an operation of the OpenAPI document.

A new route needs a row here, or `test_permission_matrix.py` fails and names it:

- who may: some of MANAGER, PLANNER, INTEGRATOR, AUDITOR, ADMINISTRATOR, or EVERYBODY;
- whose: NOBODYS where it is about no district, THEIRS where the path names something of a
  district (another district's is then 404), GIVEN where the body says which district (another one
  is then 403), LISTED where rows are listed by district;
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
NOBODYS, THEIRS, GIVEN, LISTED = "nobody's", "theirs", "given", "listed"
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

OPEN = {"GET /healthz", "GET /readyz", "POST /v1/sessions"}
"""What answers without a token."""

MATRIX: Mapping[str, Row] = {
    "GET /v1/grid": Row(EVERYBODY),
    # nothing is kept
    "POST /v1/plans": Row(WRITERS, body={}),
    "POST /v1/plans/pdf": Row(WRITERS, body={}),
    "POST /v1/plans/diagram": Row(WRITERS, body={}),
    "POST /v1/scenarios": Row((MANAGER, PLANNER, AUDITOR), body={}),
    # one's own
    "DELETE /v1/sessions/current": Row(EVERYBODY),
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
    "POST /v1/applications/{application_id}/hold": Row(
        WRITERS, THEIRS, {"version": 1, "rank": 1}
    ),
    "POST /v1/applications/{application_id}/moves": Row(WRITERS, THEIRS, {"to": "withdrawn"}),
}  # fmt: skip
