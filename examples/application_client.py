"""A client of the service, made of its OpenAPI document: one method an operation."""

from __future__ import annotations

import re
import uuid
from functools import partial
from typing import Any

import httpx2


class Client:
    """Methods by operationId: what the path names comes first, fields of the body by name."""

    def __init__(self, service: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self.http = httpx2.Client(base_url=service, headers=headers, timeout=60.0)
        for path, operations in self.http.get("/openapi.json").json()["paths"].items():
            for method, operation in operations.items():
                setattr(self, operation["operationId"], partial(self._ask, method, path))

    def _ask(self, method: str, path: str, *names: str, **fields: Any) -> Any:
        url = re.sub(r"{\w+}", "{}", path).format(*names)
        content = {"params": fields} if method in ("get", "delete") else {"json": fields}
        headers = {"Idempotency-Key": str(uuid.uuid4())}  # sent twice, it happens once
        answer = self.http.request(method, url, headers=headers, **content).raise_for_status()
        return answer.json() if answer.content else None
