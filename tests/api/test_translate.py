from __future__ import annotations

import json
import math
from datetime import date

import pytest

from api.translate import plan_document, read_plan_document, to_json_text
from tests.api.plans import sample_plan


def test_infinity_is_the_text_inf() -> None:
    document = plan_document(sample_plan(hosting_capacity_kva=math.inf))
    assert document["options"][0]["headroom"]["hosting_capacity_kva"] == "inf"


def test_the_text_of_a_plan_is_json_for_every_reader() -> None:
    text = to_json_text(plan_document(sample_plan(hosting_capacity_kva=math.inf)))
    assert "Infinity" not in text
    assert json.loads(text)["schema"] == "supply-plan/1"


def test_a_day_is_written_iso() -> None:
    document = plan_document(sample_plan(application={"on_date": date(2026, 8, 1)}))
    assert document["application"]["on_date"] == "2026-08-01"


def test_reading_gives_the_numbers_back() -> None:
    document = json.loads(to_json_text(plan_document(sample_plan(hosting_capacity_kva=math.inf))))
    assert (
        read_plan_document(document)["options"][0]["headroom"]["hosting_capacity_kva"] == math.inf
    )


def test_a_thing_called_inf_keeps_its_name() -> None:
    assert read_plan_document({"element_id": "inf", "value": "-inf"}) == {
        "element_id": "inf",
        "value": -math.inf,
    }


def test_nan_is_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json_text({"value": math.nan})
