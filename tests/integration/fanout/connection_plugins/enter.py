# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For tests only: a connection plugin that is not ssh. Its hosts are folders of this machine."""

from __future__ import annotations

import os
import subprocess

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: enter
short_description: runs commands in a folder
description: [runs commands in a folder]
author: the atomic.fleet authors
options:
  folder:
    description: where commands run
    vars: [{name: enter_folder}]
    required: true
"""


class Connection(ConnectionBase):
    transport = "enter"
    has_pipelining = True

    def _connect(self):
        if not os.path.isdir(self.get_option("folder")):
            raise AnsibleConnectionFailure("no such folder: " + self.get_option("folder"))
        self._connected = True
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        done = subprocess.run(
            ["/bin/sh", "-c", cmd],
            input=in_data or b"",
            capture_output=True,
            cwd=self.get_option("folder"),
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path, out_path):
        raise NotImplementedError

    def fetch_file(self, in_path, out_path):
        raise NotImplementedError

    def close(self):
        self._connected = False
