"""What must be true of the database, given what was acknowledged; each breach a sentence."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from promise_history import History, Request
from promise_rows import Row, Rows

FIRST_HASH = "0" * 64
# State an application has after what was acknowledged for it; a plan counts the first time only.
AFTER = {"hold": "held", "reply": "replied"}
FORM_STATES = {"replied", "agreed", "in_construction", "energised"}


def find_breaches(history: History, rows: Rows) -> list[str]:
    """Go through everything but the power flows; empty: all of it holds."""
    return [
        breach
        for find in (
            holds_lost_or_doubled, answers_that_changed, forms_without_a_hold, breaks_of_the_audit,
            deeds_not_written_down, applications_lost, plans_lost,
        )
        for breach in find(history, rows)
    ]  # fmt: skip


def holds_lost_or_doubled(history: History, rows: Rows) -> Iterator[str]:
    """Every acknowledged hold is there once, alive unless it was given up, and no other is."""
    asked = {str(r.answer["hold_id"]): r for r in history.acknowledged("hold")}
    present = Counter(hold["hold_id"] for hold in rows.holds)
    by_id = {hold["hold_id"]: hold for hold in rows.holds}
    withdrawn = {r.subject for r in _moved(history, "withdrawn")}
    for hold_id, request in asked.items():
        if present[hold_id] != 1:
            yield f"hold {hold_id} was acknowledged and is there {present[hold_id]} times"
            continue
        hold = by_id[hold_id]
        stated = (request.subject, request.body["version"], request.body["rank"])
        kept = (hold["application_id"], hold["plan_version"], hold["option_rank"])
        if stated != kept:
            yield f"hold {hold_id} is for {kept}, asked was {stated}"
        if (hold["released_at"] is None) == (request.subject in withdrawn):
            yield f"hold {hold_id} of {request.subject}: released at {hold['released_at']}"
    for hold_id in present.keys() - asked.keys():
        yield f"hold {hold_id} is there, and nobody was told of it"
    sources = Counter(row["hold_id"] for row in rows.hold_sources)
    for hold_id in sources.keys() ^ present.keys():
        yield f"hold {hold_id} has {sources[hold_id]} sources and {present[hold_id]} rows"
    alive = [hold for hold in rows.holds if hold["released_at"] is None]
    for application_id, count in Counter(hold["application_id"] for hold in alive).items():
        if count > 1:
            yield f"application {application_id} holds {count} times at once"
    bays = Counter(
        row["bay_id"] for row in rows.hold_sources
        if row["bay_id"] and row["hold_id"] in {hold["hold_id"] for hold in alive}
    )  # fmt: skip
    for bay_id, count in bays.items():
        if count > 1:
            yield f"bay {bay_id} is held {count} times at once"


def answers_that_changed(history: History, rows: Rows) -> Iterator[str]:
    """The same request got the same answer, another one with its key none; all are kept."""
    kept = {row["key"]: row for row in rows.answered}
    for request in history.requests:
        if not request.is_acknowledged:
            if request.key in kept:
                yield f"{request.key} was refused with {request.status}, and an answer is kept"
            continue
        first = (request.status, request.answer)
        for again in request.again:
            if again != first:
                yield f"{request.key} was answered {first}, then {again}"
        for status, answer in request.misused:
            if (status, answer.get("code")) != (409, "key_reused"):
                yield f"another request with key {request.key} was answered {status} {answer}"
        row = kept.get(request.key)
        if row is None:
            yield f"the answer to {request.key} is not kept"
        elif "sha256" not in request.answer and (row["status"], row["answer"]) != first:
            yield f"{request.key} was answered {first}, kept is {row['status']} {row['answer']}"
    for key in kept.keys() - {request.key for request in history.requests}:
        yield f"an answer to {key} is kept, which nobody asked"


def forms_without_a_hold(history: History, rows: Rows) -> Iterator[str]:
    """Each form was made while its hold lived, and who has one still holds."""
    holds = {hold["hold_id"]: hold for hold in rows.holds}
    order = {
        (row["action"], json.loads(row["details"]).get("hold_id")): row["number"]
        for row in rows.audit
        if row["action"] in ("hold.place", "reply.make", "hold.release")
    }
    with_form = Counter(row["application_id"] for row in rows.reply_forms)
    for form in rows.reply_forms:
        hold_id = form["hold_id"]
        name, hold = f"the form of {form['application_id']}", holds.get(hold_id)
        if hold is None or hold["application_id"] != form["application_id"]:
            yield f"{name} stands on hold {hold_id}, which is not its own"
            continue
        placed, made, released = (
            order.get((action, hold_id)) for action in ("hold.place", "reply.make", "hold.release")
        )
        if placed is None or made is None or made < placed:
            yield f"{name} was not made after hold {hold_id} was placed"
        elif released is not None and released < made:
            yield f"{name} was made after hold {hold_id} was released"
        is_late = hold["released_at"] is not None and form["made_at"] > hold["released_at"]
        if is_late or form["made_at"] < hold["held_at"]:
            yield f"{name} was made at {form['made_at']}, hold {hold_id} did not live then"
    alive = {hold["application_id"] for hold in rows.holds if hold["released_at"] is None}
    for application in rows.applications:
        name = application["application_id"]
        if application["state"] in FORM_STATES and name not in alive:
            yield f"application {name} is {application['state']} and holds nothing"
    told = Counter(request.subject for request in history.acknowledged("reply"))
    for name in with_form.keys() | told.keys():
        if with_form[name] != told[name]:
            yield f"application {name} has {with_form[name]} forms, acknowledged were {told[name]}"


def breaks_of_the_audit(_history: History, rows: Rows) -> Iterator[str]:
    """Each row follows the one before it and hashes to what it says; the head is the last."""
    previous = FIRST_HASH
    for place, row in enumerate(rows.audit, start=1):
        if (row["number"], row["previous_hash"]) != (place, previous):
            yield f"audit row {row['number']} does not follow row {place - 1}"
        if row["hash"] != _hash(row):
            yield f"audit row {row['number']} does not hash to what it says"
        previous = row["hash"]
    last = [(head["number"], head["hash"]) for head in rows.audit_head]
    if last != [(len(rows.audit), previous)]:
        yield f"the head of the audit is {last}, its end {(len(rows.audit), previous)}"


def deeds_not_written_down(history: History, rows: Rows) -> Iterator[str]:
    """Each acknowledged deed is in the audit once, and no other of its kind is.

    But for plans: who comes second is given one with the refusal, whether they hear of it or not.
    """
    written = Counter(
        (row["action"], row["subject"], _told(row["action"], json.loads(row["details"])))
        for row in rows.audit
        if row["action"] in ("application.add", "plan.make", "hold.place", "reply.make")
    )
    asked = Counter(
        {
            "accept": lambda r: ("application.add", r.subject, ""),
            "plan": lambda r: ("plan.make", r.subject, str(r.answer["version"])),
            "hold": lambda r: ("hold.place", r.subject, str(r.answer["hold_id"])),
            "reply": lambda r: ("reply.make", r.subject, ""),
        }[request.kind](request)
        for request in history.acknowledged("accept", "plan", "hold", "reply")
    )
    for deed in written.keys() | asked.keys():
        is_given = deed[0] == "plan.make" and not asked[deed]
        if written[deed] != (1 if is_given else asked[deed]):
            yield f"{deed} is written down {written[deed]} times, acknowledged {asked[deed]}"
    moved = Counter(
        (row["subject"], json.loads(row["details"])["state"])
        for row in rows.audit if row["action"] == "application.move"
    )  # fmt: skip
    for move in _moves(history):
        if moved[move] != 1:
            yield f"the move {move} was acknowledged and is written down {moved[move]} times"


def applications_lost(history: History, rows: Rows) -> Iterator[str]:
    """Each acknowledged application is in the state that was acknowledged last, and no other is."""
    wanted: dict[str, str] = {}
    for request in history.requests:
        if not request.is_acknowledged:
            continue
        if request.kind == "accept":
            wanted[request.subject] = str(request.answer["state"])
        elif request.kind == "plan" and wanted[request.subject] == "accepted":
            wanted[request.subject] = "planned"
        elif request.kind == "move":
            wanted[request.subject] = str(request.body["to"])
        elif request.kind in AFTER:
            wanted[request.subject] = AFTER[request.kind]
    present = {row["application_id"]: row["state"] for row in rows.applications}
    for name in wanted.keys() | present.keys():
        if wanted.get(name) != present.get(name):
            yield f"application {name} is {present.get(name)}, should be {wanted.get(name)}"
    kept = Counter((row["application_id"], row["to_state"]) for row in rows.moves)
    for move in _moves(history):
        if kept[move] != 1:
            yield f"the move {move} was acknowledged and is kept {kept[move]} times"


def plans_lost(history: History, rows: Rows) -> Iterator[str]:
    """Each acknowledged version of a plan is kept as it was told, numbered without a gap.

    Those given with a refusal are kept as well, whether they were heard of or not.
    """
    kept = {(row["application_id"], row["version"]): row for row in rows.plans}
    told = {(r.subject, r.answer["version"]): r.answer for r in history.acknowledged("plan")}
    for plan in kept.keys() | told.keys():
        if plan not in told:
            continue
        if plan not in kept:
            yield f"plan {plan} is kept: {plan in kept}, acknowledged: {plan in told}"
        elif kept[plan]["document"] != told[plan]["plan"]:
            yield f"plan {plan} is kept otherwise than it was told"
    versions = defaultdict(list)
    for name, version in sorted(kept):
        versions[name].append(version)
    for name, found in versions.items():
        if found != list(range(1, len(found) + 1)):
            yield f"application {name} has plans {found}"


def _moves(history: History) -> Iterator[tuple[str, str]]:
    """Every move that was acknowledged, whatever made it."""
    planned = set()
    for request in history.requests:
        if not request.is_acknowledged:
            continue
        if request.kind == "plan" and request.subject not in planned:
            planned.add(request.subject)
            yield request.subject, "planned"
        elif request.kind in AFTER:
            yield request.subject, AFTER[request.kind]
        elif request.kind == "move":
            yield request.subject, str(request.body["to"])


def _moved(history: History, to: str) -> Iterator[Request]:
    return (r for r in history.acknowledged("move") if r.body["to"] == to)


def _told(action: str, details: dict[str, Any]) -> str:
    return str(details.get({"plan.make": "version", "hold.place": "hold_id"}.get(action, ""), ""))


def _hash(row: Row) -> str:
    """SHA-256 of the row's parts as a JSON list, by the published description of the chain."""
    parts = [
        str(row["number"]), row["at"].astimezone(UTC).isoformat(), row["actor"], row["district"],
        row["action"], row["subject"], row["details"], row["previous_hash"],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
