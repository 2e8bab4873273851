"""Names that stand twice in one object of JSON are found."""

from __future__ import annotations

from api.repeated_fields import load_json


def test_a_name_is_found_once_however_often_and_wherever_it_stands_twice() -> None:
    _, repeated = load_json('{"a": 1, "b": {"c": 1, "c": 2, "c": 3}, "a": 2, "d": {"b": 1}}')
    assert repeated == ("c", "a")


def test_a_body_full_of_repeated_names_is_read_like_any_other() -> None:
    # each name counted by itself would take hours
    names = [f"n{k}" for k in range(100_000)]
    _, repeated = load_json("{" + ", ".join(f'"{name}": 0' for name in [*names, *names]) + "}")
    assert list(repeated) == names
