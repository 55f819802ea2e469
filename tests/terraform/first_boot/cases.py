"""Inputs of the module ignition, and what of them is hard to carry."""

from __future__ import annotations

import base64
from typing import Any

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBYl0eQ6bXK0iNqv1qjOaS6V3lqjb0W2q8bq4xkq1f3y"
HASH = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"
PUBLIC = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMADE+UP/=\n-----END PUBLIC KEY-----\n"

TEXTS = {
    "nothing": "",
    "newlines": "\n\n a \n\tb\r\nc\r\n\n",
    "quotes": '\'"`\\ \\n \\" \'\' """',
    "templates": "${x} $${x} %{if x} %%{x} {{ x }} {% x %} $x $(x) %s <<EOT",
    "yaml": "#cloud-config\n--- !!binary |\n  yes: no\n: - & * ? | > @ ~ [ ] { } , # 1e3 0x1 null\n...\n",
    "markup": "<a href='x'>&amp;</a> \u2028\u2029",
    "control": "\x01\x07\x08\x0b\x0c\x1b[0m\x7f\x80\x85\x9f",
    "unicode": "\u00e9 \u6f22\u5b57 \U0001f600 \ufeff \ufffd \u202e",
    "large": "0123456789abcdef\n" * 400,
}
BYTES = {"every_byte": bytes(range(256)), "one": b"\xff", "two": b"\x00\x01", "decomposed": "e\u0301".encode()}
PATHS = [
    '/etc/it\'s "quoted"',
    "/etc/${x} %{y}",
    "/etc/-n",
    "/etc/\u00e9 \U0001f600",
    "/etc/a\\b;rm -rf $(x)",
    "/etc/...",
    "/etc/.a",
]

UNIT = """[Unit]
Description=\u00e9 "${x}" %i %{y} 'z'
[Service]
ExecStart=/bin/sh -c 'echo "$$HOME" \\\\n'
[Install]
WantedBy=multi-user.target
"""

ACCOUNTS: dict[str, Any] = {
    "users": [
        {
            "name": "core",
            "ssh_authorized_keys": [f'{KEY} it\'s "${{x}}" %{{y}}', KEY],
            "groups": ["wheel", "web"],
            "sudo": True,
        },
        {
            "name": "web",
            "uid": 1500,
            "comment": 'it\'s "${x}" \u00e9, %{y}',
            "home": "/var/lib/web",
            "shell": "/sbin/nologin",
            "system": True,
        },
        {"name": "nobody-else"},
    ],
    "groups": ["web"],
    "password_hashes": {"core": HASH},
}

# by name: the module's inputs. Those that ask for Ignition alone have no other document.
CASES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "accounts": ACCOUNTS,
    "texts": {"files": [{"path": f"/etc/{name}", "contents": text} for name, text in TEXTS.items()]},
    "packed": {"compress": True, "files": [{"path": f"/etc/{name}", "contents": text} for name, text in TEXTS.items()]},
    "bytes": {
        "files": [
            {"path": f"/etc/{name}", "contents_base64": base64.b64encode(data).decode()} for name, data in BYTES.items()
        ]
    },
    "paths": {
        "files": [{"path": path, "contents": path} for path in PATHS],
        "directories": [{"path": f"/var{path}"} for path in PATHS],
        "links": [{"path": f"/srv{path}", "target": f"{path} "} for path in PATHS],
    },
    "modes": {
        "users": [{"name": "web"}],
        "files": [
            {"path": "/etc/a", "contents": "", "mode": "600"},
            {"path": "/etc/b", "contents": "", "mode": "4755", "user": "web", "group": "web"},
            {"path": "/etc/c", "contents": "", "mode": "0000", "group": "wheel"},
            {"path": "/usr/local/bin/d", "contents": "#!/bin/sh\n", "mode": "0755"},
        ],
        "directories": [
            {"path": "/var/lib/web", "mode": "700", "user": "web", "group": "web"},
            {"path": "/srv/t", "mode": "1777"},
        ],
        "links": [{"path": "/srv/t/a", "target": "/etc/a", "hard": True}, {"path": "/etc/e", "target": "../srv"}],
    },
    "units": {
        "units": [
            {"name": "web.service", "contents": UNIT, "enabled": True},
            {"name": "web@.service", "contents": UNIT, "enabled": True},
            {
                "name": "sshd.service",
                "dropins": [{"name": "10-a.conf", "contents": UNIT}, {"name": "20-b.conf", "contents": "[Service]\n"}],
            },
            {"name": "zincati.service", "enabled": False},
            {"name": "dev-disk-by\\x2dlabel-a.mount", "masked": True},
        ]
    },
    "zincati_off": {"zincati": {"enabled": False}},
    "zincati_immediate": {"zincati": {"strategy": "immediate"}},
    "zincati_periodic": {
        "zincati": {
            "strategy": "periodic",
            "time_zone": "Europe/Berlin",
            "windows": [
                {"days": ["Sat", "Sun"], "start_time": "22:30", "length_minutes": 60},
                {"days": ["Wed"], "start_time": "01:00", "length_minutes": 30},
            ],
        }
    },
    "zincati_fleet_lock": {"zincati": {"strategy": "fleet_lock", "base_url": "http://lock.example.org:8080/v1/"}},
    "policy": {
        "signature_policy": {
            "registries": {
                "registry.example.org:5000/team/app": {"keys": [PUBLIC]},
                "quay.io": {"keys": [PUBLIC, PUBLIC.replace("MADE", "made")]},
                "docker.io": {"type": "insecureAcceptAnything"},
                "docker.io/bad": {"type": "reject"},
            }
        }
    },
    "policy_open": {"signature_policy": {"default": "insecureAcceptAnything"}},
    "ignition_alone": {
        "formats": ["ignition"],
        "kernel_arguments": {
            "should_exist": ["mitigations=auto,nosmt", "a=\"${x}\"'%{y}'"],
            "should_not_exist": ["quiet"],
        },
        "files": [{"path": "/etc/new", "contents": "", "overwrite": False}],
    },
    "cloud_init_alone": {"formats": ["cloud_init"], "hostname": "demo-1.example.org"},
}

# keys and remotes are made by every run: conftest.py
ALONE = {case: inputs["formats"][0] for case, inputs in CASES.items() if "formats" in inputs}
IGNITION = sorted(case for case in [*CASES, "keys", "remotes"] if ALONE.get(case) != "cloud_init")
CLOUD_INIT = sorted(case for case in [*CASES, "keys", "remotes"] if ALONE.get(case) != "ignition")
