"""A stand-in for the comments of a merge request at GitHub and GitLab: forge.py PORT-FILE COMMENTS-FILE.

It takes what their APIs take: a token, pages, GitHub's PATCH below another address, GitLab's PUT below the list, and no
more characters than they do. What it holds is in COMMENTS-FILE, as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-of-the-test"
GITHUB = re.compile(r"/repos/o/r/issues/7/comments(\?.*)?")
GITHUB_ONE = re.compile(r"/repos/o/r/issues/comments/(\d+)")
GITLAB = re.compile(r"/projects/5/merge_requests/7/notes(\?.*)?")
GITLAB_ONE = re.compile(r"/projects/5/merge_requests/7/notes/(\d+)")
LIMITS = {"github": 65_536, "gitlab": 1_000_000}


class Forge(BaseHTTPRequestHandler):
    """Comments by forge; the first are of other people, so that ours is on the second page."""

    comments: dict[str, list[dict[str, Any]]]
    file: Path

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def log_message(self, format: str, *words: Any) -> None:  # noqa: A002
        """Nothing: the test reads what it holds."""

    def _answer(self, method: str) -> None:
        code, said = self._act(method)
        body = json.dumps(said).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _act(self, method: str) -> tuple[int, Any]:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}
        forge = "github" if "/issues/" in self.path else "gitlab"
        whole, single = (GITHUB, GITHUB_ONE) if forge == "github" else (GITLAB, GITLAB_ONE)
        mine = self.comments[forge]
        one = single.fullmatch(self.path)
        if method == "GET" and whole.fullmatch(self.path):
            asked = parse_qs(urlsplit(self.path).query)
            size, page = int(asked["per_page"][0]), int(asked["page"][0])
            return 200, mine[(page - 1) * size : page * size]
        if method == "POST" and whole.fullmatch(self.path):
            number = len(mine) + 1
            mine.append({"id": number, "body": ""})
            if forge == "github":
                host, port = self.server.server_address[:2]
                mine[-1]["url"] = f"http://{host!s}:{port}/repos/o/r/issues/comments/{number}"
        elif one and method == ("PATCH" if forge == "github" else "PUT"):
            number = int(one[1])
        else:
            return 404, {"message": "Not Found"}
        body = json.loads(sent)["body"]
        if len(body) > LIMITS[forge]:
            return 422, {"message": "body is too long"}
        mine[number - 1]["body"] = body
        mine[number - 1]["edits"] = mine[number - 1].get("edits", -1) + 1
        self.file.write_text(json.dumps(self.comments))
        return 201, mine[number - 1]


def opened(file: Path) -> HTTPServer:
    """A forge on 127.0.0.1 that listens already."""
    Forge.comments = {name: [{"id": one + 1, "body": f"talk {one}"} for one in range(120)] for name in LIMITS}
    Forge.file = file
    file.write_text(json.dumps(Forge.comments))
    return HTTPServer(("127.0.0.1", 0), Forge)


def main(port: Path, file: Path) -> None:
    """Serves until it is ended."""
    with opened(file) as server:
        port.with_suffix(".new").write_text(str(server.server_address[1]))
        port.with_suffix(".new").rename(port)
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
