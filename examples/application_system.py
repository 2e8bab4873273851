"""Submits, is called back, reserves, withdraws: an application system; set SERVICE, KEY, ADMIN."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import Any

from application_client import Client
from standardwebhooks import Webhook

EVENTS: Queue[tuple[bytes, dict[str, str]]] = Queue()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        EVENTS.put((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
        self.send_response(204)
        self.end_headers()


do: Any = Client(os.environ["SERVICE"], os.environ["KEY"])
admin: Any = Client(os.environ["SERVICE"], os.environ["ADMIN"])  # names what lies inside
receiver = HTTPServer(("127.0.0.1", 0), Receiver)  # behind https, where it is no test
Thread(target=receiver.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{receiver.server_port}/told"
hook = admin.webhooks_create(url=url, districts=["西湖"], kinds=["application.withdrawn"])
asked = {"at": [120.16285, 30.28368], "kva": 800, "category": "industrial", "special_load": "none"}
name = do.applications_accept(district="西湖", application=asked)["application_id"]
plan = do.applications_make_plan(name)
print(f"planned: {plan['plan']['answer']['mode']}, {len(plan['plan']['options'])} options")
hold = do.applications_hold(name, version=plan["version"], rank=1)
print(f"{hold['state']}: option {hold['option_rank']} is held until {hold['expires_at']}")
do.applications_move_on(name, to="withdrawn", reason="客户撤回")
event = Webhook(hook["secret"]).verify(*EVENTS.get(timeout=60))  # refuses what is forged or old
print(f"told: {event['type']}, {event['data']['application_id'] == name}")
receiver.shutdown()
receiver.server_close()
do.http.close()
admin.http.close()
