"""The OpenAPI document, with what the framework cannot tell by itself."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.errors import PROBLEM_TYPE

__all__ = ["DescribedApp"]

_CAPACITIES = ("open_capacity_kva", "hosting_capacity_kva")


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


def _mark_infinity(document: dict[str, Any]) -> None:
    headroom = document["components"]["schemas"]["Headroom"]["properties"]
    for name in _CAPACITIES:
        headroom[name]["anyOf"] = [{"type": headroom[name].pop("type")}, {"const": "inf"}]
