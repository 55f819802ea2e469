"""A proxy before a registry that changes what passes, for tests of digests."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.certificates import make_authority, server_context
from tests.registry import Registry
from tests.serving import Handler, Serving


class Tampering(Serving):
    """Hands on GETs to a registry without TLS, and `change` of what it answers, without the headers that `hide` names.

    With a folder for `tls` it speaks TLS itself, by an authority whose certificate is `ca`.
    """

    def __init__(
        self, registry: Registry, change: Callable[[bytes], bytes], *, hide: str = "", tls: Path | None = None
    ) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        class Changing(Handler):
            def answer(self) -> None:
                headers = {name: self.headers[name] for name in ("Accept", "Authorization") if name in self.headers}
                try:
                    found: Any = opener.open(
                        urllib.request.Request(registry.url + self.path, headers=headers), timeout=20
                    )
                except urllib.error.HTTPError as error:
                    found = error
                with found:
                    body = change(found.read())
                    self.send_response(found.status)
                    for name, value in found.headers.items():
                        if name.lower() not in ("content-length", "date", "connection", hide):
                            self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = answer  # noqa: N815

        self.ca: Path | None = None
        context = None
        if tls:
            authority = make_authority(tls / "tampering.pem")
            context, self.ca = server_context(authority, tls), authority.path
        super().__init__(Changing, context)
