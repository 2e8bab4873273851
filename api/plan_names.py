"""Plan names: what people call the elements a plan speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.plan_tables import element_name
from grid_models.model import GridModel

__all__ = ["names_in"]


def names_in(document: Mapping[str, Any], model: GridModel) -> dict[str, str]:
    """Return the name of each element named in a plan's options and rejections, by id.

    Parameters
    ----------
    document
        The plan as its JSON has it.
    model
        Grid it was made on; what that does not know keeps its id and is left out.
    """
    ids = {*_ids(document["options"]), *_ids(document["rejected"])}
    names = {element_id: element_name(model, element_id) for element_id in sorted(ids)}
    return {element_id: name for element_id, name in names.items() if name != element_id}


def _ids(value: Any) -> Iterator[str]:
    """Yield every id below a value: fields that end in ``_id``, and what lies upstream."""
    if isinstance(value, Mapping):
        for field, below in value.items():
            if field.endswith("_id") and isinstance(below, str):
                yield below
            elif field == "upstream":
                yield from below
            else:
                yield from _ids(below)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item)
