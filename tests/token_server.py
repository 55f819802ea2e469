"""The token server of a registry, as the distribution's token specification has it: the real registry checks
what it signs. Anybody may pull, but from `private/…`; users may do everything."""

from __future__ import annotations

import base64
import http.server
import json
import ssl
import threading
import time
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.certificates import make_authority

SERVICE, ISSUER = "registry.test", "tokens.test"
PRIVATE = "private/"


class Tokens:
    """Signs tokens. `certificates` is what the registry has to trust."""

    def __init__(self, folder: Path, users: Mapping[str, str]) -> None:
        self.users = users
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        authority = make_authority(folder / "tokens.pem", self._key)
        self.certificates = authority.path
        der = authority.certificate.public_bytes(serialization.Encoding.DER)
        self._header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}

    def refresh_token(self, user: str) -> str:
        """What a user may show in place of the password: `identitytoken` in auth.json."""
        return f"refresh-{user}-{self.users[user]}"

    def sign(self, user: str, scopes: list[str]) -> str:
        """A token for what `user` ("" for anybody) may do of the scopes asked for."""
        now = int(time.time())
        claims = {
            "iss": ISSUER, "sub": user, "aud": SERVICE, "exp": now + 300, "nbf": now - 10, "iat": now, "jti": str(now),
            "access": [access for scope in scopes if (access := _granted(user, scope))],
        }  # fmt: skip
        signed = f"{_encoded(self._header)}.{_encoded(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64(signature)}"

    def user(self, authorization: str) -> str | None:
        """Who shows these credentials; "" where there are none, None where they are wrong."""
        if not authorization:
            return ""
        name, _colon, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return name if self.users.get(name) == password else None


class TokenServer:
    """Answers in a thread until it is closed. `asked` holds the query of every request."""

    def __init__(self, tokens: Tokens, address: str, tls: tuple[Path, Path] | None = None) -> None:
        self.asked: list[dict[str, list[str]]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                outer.asked.append(query)
                user = tokens.user(self.headers.get("Authorization", ""))
                self.answer(user, query, "token")

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                query = urllib.parse.parse_qs(self.rfile.read(length).decode())
                outer.asked.append(query)
                shown = query.get("refresh_token", [""])[0]
                found = [user for user in tokens.users if tokens.refresh_token(user) == shown]
                self.answer(found[0] if found else None, query, "access_token")

            def answer(self, user: str | None, query: dict[str, list[str]], name: str) -> None:
                known = user is not None and query.get("service") == [SERVICE]
                scopes = [scope for text in query.get("scope", []) for scope in text.split()]
                body: dict[str, Any] = {"expires_in": 300}
                body = {**body, name: tokens.sign(user or "", scopes)} if known else {"details": "wrong credentials"}
                data = json.dumps(body).encode()
                self.send_response(200 if known else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *words: Any) -> None:
                """Tests read `asked`."""

        self._server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.realm = f"{'https' if tls else 'http'}://{address}:{self._server.server_address[1]}/token"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _granted(user: str, scope: str) -> dict[str, Any] | None:
    kind, rest = scope.split(":", 1)
    name, actions = rest.rsplit(":", 1)
    may = set(actions.split(",")) if user else {"pull"} & set(actions.split(","))
    if not may or (not user and name.startswith(PRIVATE)):
        return None
    return {"type": kind, "name": name, "actions": sorted(may)}


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _encoded(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value).encode())
