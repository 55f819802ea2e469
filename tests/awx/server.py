"""A controller on loopback that holds to the API of AWX 24.6.1: tokens, lists, objects, associations, surveys.

Stricter than AWX in one thing: it refuses fields that it does not know, which AWX ignores.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.awx.fields import KINDS, RefusedError
from tests.awx.survey import survey_error
from tests.awx.world import UNIFIED, Thing, World
from tests.serving import Handler, Serving

USER, PASSWORD = "admin", "not-a-secret"
ROOT = "/api/v2/"
PAGE = 25


class Controller:
    """The server's state; ``writes`` are the requests that changed something, without those for tokens."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self.writes: list[str] = []
        self.refused: list[str] = []
        self.tokens: dict[int, str] = {}
        self.lock = threading.Lock()

    # -- answers

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        """Status and body."""
        path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        if not path.startswith(ROOT) or not path.endswith("/"):
            return 404, {"detail": "The requested resource could not be found."}
        words = path.removeprefix(ROOT).strip("/").split("/")
        try:
            status, said = self._route(method, words, query, body)
        except RefusedError as refused:
            self.refused.append(f"{method} {path}: {refused}")
            return 400, refused.body
        if method != "GET" and status < 300:
            self.writes.append(f"{method} {path}")
        return status, said

    def _route(self, method: str, words: list[str], query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        kind = words[0]
        if kind == "project_updates" and method == "GET" and len(words) == 2:
            return 200, {"id": int(words[1]), "type": "project_update", "status": "successful", "failed": False}
        if kind not in {*KINDS, UNIFIED}:
            return 404, {"detail": "Not found."}
        if len(words) == 1:
            return self._many(method, kind, query, body)
        number = int(words[1]) if words[1].isdigit() else 0
        if self.world.kinds.get(number) != kind:
            return 404, {"detail": "Not found."}
        if len(words) == 2:
            return self._one(method, number, body)
        return self._sub(method, kind, number, words[2], query, body)

    def _many(self, method: str, kind: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, self._listed(kind, [self.shown(one) for one in self.world.of(kind)], f"{ROOT}{kind}/", query)
        if method != "POST" or kind in (UNIFIED, "workflow_approval_templates"):
            return 405, {"detail": f'Method "{method}" not allowed.'}
        made = self.shown(self.world.make(kind, body))
        if kind == "projects":
            # AWX begins to update a new project by itself
            made["summary_fields"]["current_update"] = {"id": made["id"] + 1000}
        return 201, made

    def _one(self, method: str, number: int, body: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, self.shown(self.world.things[number])
        if method == "PATCH":
            return 200, self.shown(self.world.change(number, body))
        return 405, {"detail": f'Method "{method}" not allowed.'}

    def _sub(
        self, method: str, kind: str, number: int, word: str, query: Mapping[str, str], body: Any
    ) -> tuple[int, Any]:
        if word == "survey_spec" and KINDS[kind].get("survey"):
            return self._survey(method, number, body)
        if word == "create_approval_template" and kind == "workflow_job_template_nodes" and method == "POST":
            return 201, self.shown(self.world.make_approval(number, body))
        if word not in KINDS[kind].get("associations", {}):
            return 404, {"detail": "Not found."}
        if method == "GET":
            found = [self.shown(one) for one in self.world.linked(number, word)]
            return 200, self._listed(KINDS[kind]["associations"][word], found, f"{ROOT}{kind}/{number}/{word}/", query)
        self.world.associate(number, word, body["id"], away=bool(body.get("disassociate")))
        return 204, None

    def _survey(self, method: str, number: int, body: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, self.world.surveys.get(number, {})
        wrong = survey_error(body)
        if wrong:
            self.refused.append(wrong)
            return 400, {"error": wrong}
        self.world.surveys[number] = body
        return 200, {}

    # -- how things look

    def shown(self, thing: Thing) -> Thing:
        number, kind = thing["id"], self.world.kinds[thing["id"]]
        url = f"{ROOT}{kind}/{number}/"
        table = KINDS[kind]
        related = {word: f"{url}{word}/" for word in table.get("associations", {})}
        if table.get("survey"):
            related["survey_spec"] = f"{url}survey_spec/"
        template = thing.get("unified_job_template")
        if template is not None:
            related["unified_job_template"] = f"{ROOT}{self.world.kinds[template]}/{template}/"
        more: Thing = {"scm_revision": "0" * 40} if kind == "projects" else {}
        if kind == "workflow_job_template_nodes":
            more = {word: self.world.links.get((number, word), []) for word in table["associations"] if "nodes" in word}
        times = {"created": "2026-11-28T10:00:00Z", "modified": "2026-11-28T10:00:00Z"}
        return {"type": table["type"], "url": url, "related": related, "summary_fields": {}, **times, **thing, **more}

    def _listed(self, kind: str, found: list[Thing], path: str, query: Mapping[str, str]) -> Thing:
        words = {key: value for key, value in query.items() if key not in ("page", "page_size", "order_by")}
        known = {"id", "type", "organization", "name"} if kind == UNIFIED else {"id", *KINDS[kind]["fields"]}
        for key in words:
            if key.removeprefix("or__").removesuffix("__exact") not in known:
                raise RefusedError("detail", f"{kind} has no field named '{key}'")
        found = [one for one in found if _fits(one, words)]
        size, page = int(query.get("page_size", PAGE)), int(query.get("page", 1))
        last = max(1, -(-len(found) // size))
        pages = {"next": page + 1 if page < last else None, "previous": page - 1 if page > 1 else None}
        links = {
            word: None if number is None else f"{path}?{urlencode({**query, 'page': number})}"
            for word, number in pages.items()
        }
        return {"count": len(found), **links, "results": found[(page - 1) * size : page * size]}


def _fits(thing: Thing, words: Mapping[str, str]) -> bool:
    """All filters, or of those that begin with or__ one."""

    def same(key: str, value: str) -> bool:
        return str(thing.get(key.removeprefix("or__").removesuffix("__exact"))) == value

    alternatives = [same(key, value) for key, value in words.items() if key.startswith("or__")]
    others = all(same(key, value) for key, value in words.items() if not key.startswith("or__"))
    return others and (not alternatives or any(alternatives))


@contextmanager
def serving(world: World) -> Iterator[Controller]:
    """The controller, and where it answers."""
    controller = Controller(world)

    class Answering(_Handler):
        state = controller

    with Serving(Answering) as server:
        controller.url = server.url
        yield controller


class _Handler(Handler):
    state: Controller

    def do_GET(self) -> None:  # noqa: N802
        self._handle()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        with self.state.lock:
            status, body = self._answered(json.loads(text) if text else None)
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answered(self, body: Any) -> tuple[int, Any]:
        path = urlsplit(self.path).path
        if path == f"{ROOT}ping/":
            return 200, {"version": "24.6.1", "active_node": "awx-1", "ha": False}
        word, _space, proof = self.headers.get("Authorization", "").partition(" ")
        if path.startswith(f"{ROOT}tokens/"):
            known = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            return self._token(path) if (word, proof) == ("Basic", known) else (401, {"detail": "Invalid login."})
        if word != "Bearer" or proof not in self.state.tokens.values():
            return 401, {"detail": "Authentication credentials were not provided."}
        return self.state.answer(self.command, self.path, body)

    def _token(self, path: str) -> tuple[int, Any]:
        if self.command == "POST":
            number = max(self.state.tokens, default=0) + 1
            self.state.tokens[number] = secrets.token_hex(8)
            return 201, {"id": number, "token": self.state.tokens[number]}
        self.state.tokens.pop(int(path.removeprefix(f"{ROOT}tokens/").strip("/")), None)
        return 204, None
