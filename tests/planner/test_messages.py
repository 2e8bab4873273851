from __future__ import annotations

import ast
import fnmatch
import re
import string
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from grid_models import gaps
from planner import application
from planner.messages import Message, message_templates, say
from planner.prices.reading import PARTS, UNITS
from planner.rules import load_rule_book

ROOT = Path(__file__).parents[2]
RULES = load_rule_book("demo").on(date(2026, 11, 20))
TEMPLATES = message_templates()

CHECKS = [
    "thermal_line",
    "thermal_transformer",
    "voltage_low",
    "voltage_high",
    "voltage_planning",
    "heavy_load",
    "n_minus_1",
    "rating_unknown",
    "supply_radius",
    "feeder_users",
    "voltage_change",
    "route_length",
    "short_circuit",
    "spare_bays",
    "restricted_area",
    "source_independence",
]
DESK = [
    "capacity_over_on_site_limit",
    "more_than_one_source",
    "important_customer",
    "special_load",
    "special_load_not_stated",
    "level_to_confirm",
    "demand_to_confirm",
    "rule_not_adopted",
    "data_quality",
    "data_stale",
    "load_basis",
    "data_missing",
    "ownership_unknown",
    "laying_unknown",
    "rating_unknown",
    "restricted_area",
    "works_needed",
    "neighbour_affected",
    "n_minus_1",
    "route_unconfirmed",
    "upstream_not_checked",
    "busbar_is_source",
    "busbar_promised",
    "tap_adjustment",
    "not_covered",
    "supply_radius",
]
REJECTED = [
    "low_voltage_first",
    "not_public",
    "no_spare_bay",
    "access_not_admissible",
    "access_first_section",
    "access_tie",
    "access_removal",
    "too_far",
]
KINDS = [
    "lv_public",
    "lv_after_works",
    "mv_public_tee",
    "mv_public_bay",
    "mv_public_ring_in",
    "mv_new_feeder",
    "dual_circuit",
    "dual_source",
    "multi_source",
    "hv_dedicated",
    "limited_supply",
    "staged_supply",
    "after_works",
]
ACCESS_KINDS = [
    "line_tee",
    "line_ring_in",
    "mv_node",
    "station_bay",
    "transformer_lv",
    "lv_line",
    "lv_node",
    "busbar",
]


def formats_of(template: str) -> set[tuple[str, str | None]]:
    return {(name, spec) for _, name, spec, _ in string.Formatter().parse(template) if name}


def fields_of(template: str) -> set[str]:
    return {name for name, _ in formats_of(template)}


def literal_of(template: str) -> str:
    return "".join(literal for literal, _, _, _ in string.Formatter().parse(template))


def words(prefix: str, values: Iterable[str]) -> list[str]:
    return [f"{prefix}_{value}" for value in values]


def said_in_the_code() -> set[str]:
    """Codes given to `say` and `reject`; of an f-string what it begins with, and a star."""
    codes = set()
    for path in [*(ROOT / "planner").rglob("*.py"), *(ROOT / "api").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name not in {"say", "reject"}:
                continue
            match node.args[0]:
                case ast.Constant(value=str(code)):
                    codes.add(code)
                case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
                    codes.add(f"{start}*")
    return codes


# say -----------------------------------------------------------------------------------------


def test_a_refusal_names_the_thing_the_value_and_the_limit() -> None:
    message = say("heavy_load", element="变压器 3", value=86.44, limit=80.0, unit="%")
    assert message.zh == "变压器 3 接入后负载率 86.4%，超过 80%"
    assert message.en == "变压器 3 would be loaded to 86.4%, above 80%"


def test_a_word_given_as_a_value_appears_in_each_language() -> None:
    message = say("important_customer", importance=say("importance_first"))
    assert message.zh == "重要性等级为一级，须由后台确认供电方式"
    assert message.en == "the importance class is first; the desk confirms how it is supplied"


def test_volts_are_shown_with_thousands() -> None:
    message = say("voltage_low", element="bus:5", value=9249.96, limit=9300.0)
    assert message.zh == "bus:5 接入后电压 9,250.0 V，低于下限 9,300.0 V"


def test_an_unknown_code_is_a_programming_error() -> None:
    with pytest.raises(KeyError, match="heavy_lode"):
        say("heavy_lode")


def test_a_missing_field_is_a_programming_error() -> None:
    with pytest.raises(KeyError, match="limit"):
        say("heavy_load", element="line:1", value=86.4)


# The file ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted({*CHECKS, *DESK, *REJECTED}))
def test_every_code_of_the_contract_has_a_sentence(code: str) -> None:
    assert TEMPLATES[code].zh
    assert TEMPLATES[code].en


def test_every_code_the_code_says_exists() -> None:
    assert [code for code in said_in_the_code() if not fnmatch.filter(TEMPLATES, code)] == []


@pytest.mark.parametrize("code", CHECKS)
def test_checks_ask_for_the_same_four_fields_and_have_a_name(code: str) -> None:
    assert fields_of(TEMPLATES[code].zh) <= {"element", "value", "limit", "unit"}
    assert f"label_{code}" in TEMPLATES


@pytest.mark.parametrize("code", REJECTED)
def test_refusals_ask_for_the_same_four_fields(code: str) -> None:
    assert fields_of(TEMPLATES[code].zh) <= {"element", "value", "limit", "unit"}


def test_both_languages_have_the_same_fields_rounded_alike() -> None:
    assert [c for c, t in TEMPLATES.items() if formats_of(t.zh) != formats_of(t.en)] == []


def test_chinese_is_punctuated_in_full_width_and_ends_without_a_stop() -> None:
    literals = {code: literal_of(template.zh) for code, template in TEMPLATES.items()}
    assert [c for c, text in literals.items() if re.search(r"[,;:!?()\"'<>]|[.。]$", text)] == []


def test_english_is_plain_ascii_and_ends_without_a_stop() -> None:
    texts = {code: template.en for code, template in TEMPLATES.items()}
    assert [c for c, text in texts.items() if not text.isascii() or text.endswith(".")] == []


def test_no_message_is_empty() -> None:
    assert [c for c, t in TEMPLATES.items() if not (t.zh.strip() and t.en.strip())] == []


@pytest.mark.parametrize(
    "code",
    [
        *words("kind", KINDS),
        *words("access", ACCESS_KINDS),
        *words("mode", ("on_site", "back_office", "no_option")),
        *words("importance", get_args(application.Importance)),
        *words("special_load", ("none", "impact", "harmonic", "single_phase", "generation")),
        *words("load_basis", ("measured_peak", "declared", "snapshot", "unknown")),
        *words("quality", ("good", "usable", "poor")),
        *words("business", RULES.value("known_business")),
        *words("category", RULES.value("tariff_class")),
        *words("tariff", RULES.value("tariff_class").values()),
        *words("metering", RULES.value("metering_mode").values()),
        *words("wiring", RULES.value("metering_wiring").values()),
        *words("payer", (*RULES.value("payer").values(), "government")),
        *words("laying", ("cable", "overhead")),
        *words("clock", ("working", "calendar")),
        *words("owner", ("utility", "customer", "authority")),
        *words("pause", RULES.value("pause_reasons")),
        *words("light", ("green", "yellow", "red", "unknown")),
        *(
            f"step_{step['code']}"
            for table in ("lv_steps", "hv_steps")
            for steps in RULES.value(table).values()
            for step in steps
        ),
    ],
)
def test_every_word_of_the_contract_and_the_rules_can_be_said(code: str) -> None:
    assert isinstance(say(code), Message)


def test_every_part_and_unit_of_a_price_list_can_be_said() -> None:
    units = {unit.removeprefix("CNY/") for unit in UNITS.values()}
    codes = [*words("part", PARTS), *words("unit", units)]
    assert [code for code in codes if code not in TEMPLATES] == []


def test_every_column_a_power_flow_needs_can_be_said() -> None:
    columns = {column for needed in gaps._NEEDED.values() for column in needed}
    assert [c for c in [*columns, "values"] if f"column_{c}" not in TEMPLATES] == []
