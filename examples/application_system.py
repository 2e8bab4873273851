"""An application system, its client made of the OpenAPI document; set SERVICE (address) and KEY."""

from __future__ import annotations

import os
import re
import uuid
from functools import partial
from typing import Any

import httpx2


class Client:
    """One method an operation, named by its operationId: path names first, fields by name."""

    def __init__(self, service: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self.http = httpx2.Client(base_url=service, headers=headers, timeout=60.0)
        for path, operations in self.http.get("/openapi.json").json()["paths"].items():
            for method, operation in operations.items():
                setattr(self, operation["operationId"], partial(self.ask, method, path))

    def ask(self, method: str, path: str, *names: str, **fields: Any) -> Any:
        url = re.sub(r"{\w+}", "{}", path).format(*names)
        content = {"params": fields} if method == "get" else {"json": fields}
        headers = {"Idempotency-Key": str(uuid.uuid4())}  # sent twice, it happens once
        return self.http.request(method, url, headers=headers, **content).raise_for_status().json()


do: Any = Client(os.environ["SERVICE"], os.environ["KEY"])
asked = {"at": [120.16285, 30.28368], "kva": 800, "category": "industrial", "special_load": "none"}
name = do.accept_v1_applications_post(district="西湖", application=asked)["application_id"]
plan = do.make_plan_of_v1_applications__application_id__plans_post(name)
print(f"planned: {plan['plan']['answer']['mode']}, {len(plan['plan']['options'])} options")
hold = do.hold_v1_applications__application_id__hold_post(name, version=plan["version"], rank=1)
print(f"{hold['state']}: option {hold['option_rank']} is held until {hold['expires_at']}")
do.move_on_v1_applications__application_id__moves_post(name, to="withdrawn", reason="客户撤回")
print(do.get_one_v1_applications__application_id__get(name)["state"])
do.http.close()
