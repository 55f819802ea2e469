"""Somebody who asks the balancer for / until standard input ends, half of the time on a connection that stays open.

Prints a line of JSON for each request: who answered, with what status and text, or what went wrong.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading

PLACE = ("10.88.0.1", 80)


def ask(connection: http.client.HTTPConnection) -> dict[str, object]:
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        body = answer.read().decode()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return {"host": "", "status": 0, "said": repr(error)}
    return {"host": answer.getheader("X-Served-By", ""), "status": answer.status, "said": body.strip()}


def main() -> None:
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    kept = http.client.HTTPConnection(*PLACE, timeout=15)
    while not over.wait(0.002):
        fresh = http.client.HTTPConnection(*PLACE, timeout=15)
        for connection in (kept, fresh):
            print(json.dumps(ask(connection)), flush=True)
        fresh.close()


if __name__ == "__main__":
    main()
