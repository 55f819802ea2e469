# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a ProxyCommand as a process that speaks through a socket.

asyncssh can run one too, but takes what it prints on stderr for data, and its closing stderr for the end.
"""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from collections.abc import Mapping


class ProxyProcess:
    """Runs as long as our end of the socket is open. Raises OSError where it cannot be started."""

    def __init__(self, command: str, environment: Mapping[str, str]) -> None:
        shell = environment.get("SHELL") or "/bin/sh"
        self.sock, theirs = socket.socketpair()
        descriptor, name = tempfile.mkstemp(prefix="fleet-proxy-")
        os.unlink(name)
        self._errors = descriptor
        try:
            self._process = subprocess.Popen(
                [shell, "-c", command if command.startswith("exec ") else "exec " + command],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self._errors,
                env=dict(environment),
            )
        except BaseException:
            self.sock.close()
            os.close(self._errors)
            raise
        finally:
            theirs.close()
        self.sock.setblocking(False)

    def said(self) -> str:
        """The last line it printed on stderr."""
        size = os.fstat(self._errors).st_size
        text = os.pread(self._errors, 4096, max(0, size - 4096)).decode("utf-8", "replace").strip()
        return text.splitlines()[-1] if text else ""

    def running(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Ends it, if closing the socket has not."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
        os.close(self._errors)
