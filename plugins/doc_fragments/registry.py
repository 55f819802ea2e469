# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How container registries are asked, in the words of every module that asks them."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  registry:
    description: How the controller asks container registries what a tag means. Hosts pull with settings of their own.
    type: dict
    suboptions:
      auth_file:
        description:
          - A file of credentials, as C(podman login) writes it. Without it, the usual places of podman, skopeo and
            docker are looked at.
        type: path
      ca_file:
        description: Authorities in PEM that are trusted beside those of the controller.
        type: path
      client_cert:
        description: A certificate in PEM, for registries that want one.
        type: path
      client_key:
        description: The key of O(registry.client_cert).
        type: path
      insecure:
        description: Registries, with their ports, that are spoken to in plain HTTP.
        type: list
        elements: str
        default: []
"""
