"""For tests only: a connection plugin that is not ssh. It enters a host of the lab as one enters a container."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: guest
short_description: enters a host of the lab
description: [enters a host of the lab]
author: the atomic.fleet authors
options:
  record:
    description: where the lab keeps the process id of the host's supervisor
    vars: [{name: guest_record}]
    required: true
"""


class Connection(ConnectionBase):
    transport = "guest"
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        try:
            supervisor = json.loads(Path(self.get_option("record")).read_text())["pid"]
            guest = _child(_child(supervisor))
        except (OSError, IndexError):
            raise AnsibleConnectionFailure("the host is switched off") from None
        enter = ["nsenter", f"--target={guest}", "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"]
        done = subprocess.run([*enter, "/bin/sh", "-c", cmd], input=in_data or b"", capture_output=True, check=False)
        if done.stderr.startswith(b"nsenter:") or done.returncode < 0:
            raise AnsibleConnectionFailure(f"the host went down: {done.stderr.decode(errors='replace')}")
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path, out_path):
        raise NotImplementedError

    def fetch_file(self, in_path, out_path):
        raise NotImplementedError

    def close(self):
        self._connected = False


def _child(pid):
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
