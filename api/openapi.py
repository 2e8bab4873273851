"""The OpenAPI document, with what the framework cannot tell by itself."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.errors import PROBLEM_TYPE

__all__ = ["DescribedApp", "name_operation"]

_CAPACITIES = {
    "Headroom": ("open_capacity_kva", "hosting_capacity_kva"),
    "CapacityChange": (
        "open_before_kva", "open_after_kva", "open_change_kva",
        "hosting_before_kva", "hosting_after_kva", "hosting_change_kva",
    ),
}  # fmt: skip
_TOO_LARGE = {
    "description": "The body is too large.",
    "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
}
_INFINITY = ({"const": "inf"}, {"const": "-inf"})


def name_operation(route: APIRoute) -> str:
    """Return the name generated clients call an operation by: of what, and what is done."""
    return "_".join([*map(str, route.tags[:1]), route.name])


class DescribedApp(FastAPI):
    """An app whose document says that errors are problem details and that a capacity may be inf."""

    def openapi(self) -> dict[str, Any]:
        """Return the document; made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            _mark_errors(document)
            _mark_infinity(document)
        return super().openapi()


def _mark_errors(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = {PROBLEM_TYPE: response["content"]["application/json"]}
            if "requestBody" in operation:
                operation["responses"]["413"] = _TOO_LARGE


def _mark_infinity(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name, fields in _CAPACITIES.items():
        for field in fields:
            own = schemas[name]["properties"][field]
            numbers = own.pop("anyOf", None) or [{"type": own.pop("type")}]
            # Only a change can be infinitely negative.
            own["anyOf"] = [*numbers, *_INFINITY[: 2 if "change" in field else 1]]
