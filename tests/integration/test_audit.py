"""How hosts are secured, on real ones: nothing is found on a good one, and on a broken one all that was planted."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.atomic.fleet.plugins.module_utils._model.posture import CHECKS
from tests.integration import double
from tests.integration.fleet_helper import BASE, NEWEST, Fleet
from tests.integration.own_fleet import own_fleet

pytestmark = pytest.mark.lab
NAME = "audit"
GOOD, BAD = f"{NAME}-good-1", f"{NAME}-bad-1"
# what nspawn cannot give a host, and what every host of the lab was given
PROFILE: Mapping[str, Any] = {
    "expect": {"selinux": "disabled", "lockdown": "none", "secure_boot": False},
    "etc_allowed": [
        "ssh/authorized_keys",
        "ssh/sshd_config.d/*.conf",
        "systemd/system/zincati.service",
        "systemd/system/*.wants/*",
        "systemd/system/*.wants",
    ],
}
# between the days of the first release and of the newest
OLD_BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
PLAY = """
- name: How every host is secured
  hosts: all
  gather_facts: false
  tasks:
    - name: Look
      atomic.fleet.posture_info:
        plan: "{{ plan }}"
        expect: "{{ expect }}"
        etc_allowed: "{{ etc_allowed }}"
        skip_checks: "{{ skip_checks | default([]) }}"
        release_max_age: "{{ release_max_age }}"
        verify: "{{ verify | default([]) }}"
      register: seen
    - name: Write it down
      ansible.builtin.copy:
        content: "{{ seen | to_json }}"
        dest: "{{ dest }}/{{ inventory_hostname }}.json"
        mode: "0600"
      delegate_to: localhost
    - name: Look at all of them at once
      posture_fan:
        plan: "{{ plan }}"
        store: "{{ fleet_store }}"
        expect: "{{ expect }}"
        etc_allowed: "{{ etc_allowed }}"
        skip_checks: "{{ skip_checks | default([]) }}"
        release_max_age: "{{ release_max_age }}"
        verify: "{{ verify | default([]) }}"
      register: all_seen
      run_once: true
    - name: Write that down
      ansible.builtin.copy:
        content: "{{ all_seen | to_json }}"
        dest: "{{ dest }}/all.json"
        mode: "0600"
      run_once: true
      delegate_to: localhost
"""
GOOD_SSHD = "X11Forwarding no\nMACs -umac-64*\n"
BAD_SSHD = (
    "PasswordAuthentication yes\nPermitRootLogin yes\nPermitEmptyPasswords yes\nX11Forwarding yes\n"
    "Ciphers +aes256-cbc\nKexAlgorithms +diffie-hellman-group1-sha1\nMACs -umac-64*\n"
)
FIREWALL = (
    "table inet filter { chain input { type filter hook input priority 0; policy drop; "
    "ct state established,related accept; iif lo accept; icmpv6 type != 255 accept; tcp dport 22 accept; }; }"
)
ADVISORY = [
    "LAB-2026-1", 1, 4, ["openssl-3.2.1-1.x86_64"],
    {"cve_references": [["https://bugzilla.example/1", "CVE-2026-12345 openssl: a lab's flaw"]]},
]  # fmt: skip
BUGFIX = ["LAB-2026-2", 2, 0, ["lab-web-2.0-1.x86_64"], {"cve_references": []}]
TIMER = "[Timer]\nOnActiveSec=1d\nUnit=rpm-ostreed-automatic.service\n[Install]\nWantedBy=timers.target\n"
SERVICE = "[Service]\nType=oneshot\nExecStart=/bin/true\n"
LICENCES = "/usr/share/common-licenses"
FOLDER = "ostree admin status | sed -n 's,^\\* lab ,/sysroot/ostree/deploy/lab/deploy/,p'"
# One file changed by who opens it, one put in the place of another, and one such whose times were set back and that has
# a second link as what is deployed. Never in place where the lab's image is: its files are links to the image's own.
# The folder is the double's, for its rpm.
CHANGED = f"""
rmdir usr/share/rpm && touch -d @0 usr/share
printf '#!/bin/rc\\n' >usr/bin/htop
cd .{LICENCES}
cp MPL-1.1 new && mv new MPL-1.1
cp BSD new && echo changed >>new && ln new /sysroot/second && mv new BSD && touch -d @0 BSD
touch -d @0 .
"""
# (check, subject) of all that is planted
PLANTED = {
    ("booted-digest", ""),
    ("signature-policy", "lab"),
    ("unsigned-remote", "lab"),
    ("unsigned-remote", "elsewhere"),
    ("usr-unlocked", "development"),
    ("usr-drift", f"{LICENCES}/GPL-2"),
    ("usr-drift", f"{LICENCES}/MPL-1.1"),
    ("usr-drift", "/usr/bin/htop"),
    ("etc-drift", "/etc/issue"),
    ("etc-drift", "/etc/host.conf"),
    ("etc-drift", "/etc/ostree/remotes.d/elsewhere.conf"),
    ("etc-drift", "/etc/systemd/system/rpm-ostreed-automatic.timer"),
    ("etc-drift", "/etc/systemd/system/rpm-ostreed-automatic.service"),
    ("layered-packages", "htop"),
    ("overridden-packages", "lab-agent"),
    ("firewall", ""),
    ("update-driver", "several"),
    ("advisories", "LAB-2026-1"),
    ("ssh-root-login", "PermitRootLogin"),
    ("ssh-passwords", "PasswordAuthentication"),
    ("ssh-empty-passwords", "PermitEmptyPasswords"),
    ("ssh-forwarding", "X11Forwarding"),
    ("ssh-ciphers", "aes256-cbc"),
    ("ssh-ciphers", "diffie-hellman-group1-sha1"),
    ("release-age", ""),
}
Finding = dict[str, Any]


class Audited(Fleet):
    """A host as it should be, and one on which everything was done that should not be."""

    plan: Path

    def build(self) -> None:
        self.lab.up({"good": {"size": 1, "release": NEWEST}, "bad": {"size": 1, "release": BASE}}, variant="python")
        self.lab.publish(NEWEST)
        self.inventory.mkdir()
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars").mkdir()
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))
        for host in self.hosts:
            double.install(self.lab, host)
            give_nft(self, host)
        self.layer()
        self.plan = self.planned(NEWEST)
        self.make_good()
        self.break_all()

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "ANSIBLE_ACTION_PLUGINS": str(Path(__file__).parent / "audit_plugins")}

    def layer(self) -> None:
        """A package over the image and one of the image taken away: booted, as all that is looked at."""
        double.catalogue(self.lab, BAD, {"name": "htop", "evr": "3.3.0-1", "files": {"/usr/bin/htop": "#!/bin/sh\n"}})
        boot = self.lab.boot_id(BAD)
        self.lab.ssh(BAD, "rpm-ostree install -q htop && rpm-ostree override remove -q lab-agent")
        self.lab.ssh(BAD, "systemd-run -q --on-active=1 systemctl reboot")
        self.lab.wait(BAD, other_than=boot)

    def make_good(self) -> None:
        self.write(GOOD, "/etc/ssh/sshd_config.d/10-audit.conf", GOOD_SSHD)
        self.lab.ssh(GOOD, f"nft {shlex.quote(FIREWALL)}")
        double.drive(self.lab, GOOD)
        # no older than what runs, as of a look at a stream that has nothing newer but fixes
        self.update(GOOD, BASE, BUGFIX)

    def break_all(self) -> None:
        self.write(BAD, "/etc/ssh/sshd_config.d/10-audit.conf", BAD_SSHD)
        self.lab.ssh(BAD, "nft add table inet filter")
        self.lab.ssh(BAD, "nft 'add chain inet filter input { type filter hook input priority 0; policy accept; }'")
        double.drive(self.lab, BAD)
        self.write(BAD, "/etc/systemd/system/rpm-ostreed-automatic.timer", TIMER)
        self.write(BAD, "/etc/systemd/system/rpm-ostreed-automatic.service", SERVICE)
        self.lab.ssh(BAD, "systemctl daemon-reload && systemctl enable --now -q rpm-ostreed-automatic.timer")
        self.update(BAD, NEWEST, ADVISORY, BUGFIX)
        self.lab.ssh(BAD, "echo changed >>/etc/issue && rm /etc/host.conf")
        self.lab.ssh(BAD, "ostree config set 'remote \"lab\".gpg-verify' false")
        remote = '[remote "elsewhere"]\nurl=http://192.0.2.1/\ngpg-verify=false\n'
        self.write(BAD, "/etc/ostree/remotes.d/elsewhere.conf", remote)
        self.lab.ssh(BAD, f"cd $({FOLDER}) && {CHANGED}")
        self.lab.ssh(BAD, f"ostree admin unlock >/dev/null && echo changed >>{LICENCES}/GPL-2")

    def write(self, host: str, path: str, text: str) -> None:
        folder, name = shlex.quote(str(Path(path).parent)), shlex.quote(path)
        done = self.lab.run([*self.lab.ssh_arguments(host), f"mkdir -p {folder} && cat >{name}"], input=text)
        assert done.returncode == 0, done.stderr

    def update(self, host: str, version: str, *advisories: Any) -> None:
        update = {"version": version, "checksum": self.lab.versions()[version], "advisories": advisories}
        double.write(self.lab, host, f"{double.HOME}/cached-update.json", update)

    def look(self, **variables: Any) -> dict[str, list[Finding]]:
        """What is found on every host, which is the same by either way to them."""
        path, dest = self.home / "posture.yml", self.home / "seen"
        path.write_text(PLAY)
        dest.mkdir(exist_ok=True)
        days = (datetime.now(UTC) - OLD_BEFORE).days
        given = {"plan": str(self.plan), "dest": str(dest), "release_max_age": f"{days}d", **PROFILE, **variables}
        done = self.play(str(path), **given)
        assert done.rc == 0, done.text
        assert "Traceback" not in done.text
        single = {host: json.loads((dest / f"{host}.json").read_text()) for host in self.hosts}
        assert not any(result["changed"] for result in single.values())
        found = {host: result["findings"] for host, result in single.items()}
        everywhere = json.loads((dest / "all.json").read_text())["findings"]
        for host, findings in found.items():
            assert [one for one in everywhere if one["host"] == host] == findings
        return found


def give_nft(fleet: Fleet, host: str) -> None:
    """This machine's nft, with all that it loads: the lab's image has no firewall."""
    program = shutil.which("nft")
    assert program, "nft is missing: run `make setup`"
    loaded = re.findall(r"(/\S+) \(0x", subprocess.check_output(["ldd", program], text=True))
    loader = next(name for name in loaded if "/ld-linux" in name)
    launcher = f'#!/bin/sh\nexec /var/lib/nft/{Path(loader).name} --library-path /var/lib/nft /var/lib/nft/nft "$@"\n'
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as archive:
        for name in (program, *loaded):
            archive.add(name, f"lib/nft/{Path(name).name}")
        entry = tarfile.TarInfo("usrlocal/bin/nft")
        entry.size, entry.mode = len(launcher), 0o755
        archive.addfile(entry, io.BytesIO(launcher.encode()))
    argv = [*fleet.lab.ssh_arguments(host), "tar -x --no-same-owner -C /var"]
    done = fleet.lab.run(argv, input=buffer.getvalue(), text=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with own_fleet(Audited, NAME, tmp_path_factory.mktemp(NAME)) as fleet:
        fleet.build()
        yield fleet


def of(findings: Iterable[Finding], outcome: str) -> set[tuple[str, str]]:
    return {(one["check"], one["subject"]) for one in findings if one["outcome"] == outcome}


def test_all_that_was_planted_is_found_and_nothing_on_a_good_host(audited: Audited) -> None:
    found = audited.look()
    good, bad = found[GOOD], found[BAD]
    assert of(good, "fail") == set()
    assert of(good, "unknown") == set()
    assert of(good, "not_applicable") == {
        (check, "") for check in ("selinux", "kernel-lockdown", "secure-boot", "fips")
    }, [one["message"] for one in good]
    assert of(bad, "fail") == PLANTED
    assert of(bad, "unknown") == set()
    for findings in found.values():
        assert list(dict.fromkeys(one["check"] for one in findings)) == [check.name for check in CHECKS]
        assert all(one["remedy"] for one in findings if one["outcome"] == "fail")
    advisory = next(one for one in bad if one["check"] == "advisories")
    assert advisory["evidence"] == {
        "severity": "critical",
        "cves": "CVE-2026-12345",
        "packages": "openssl-3.2.1-1.x86_64",
    }
    assert "changed" not in json.dumps([one for one in bad if one["check"] == "etc-drift"]), "a file's contents"


def test_reading_all_of_usr_finds_what_hides_its_time(audited: Audited) -> None:
    everything = [check.name for check in CHECKS if check.name != "usr-drift"]
    found = audited.look(verify=["usr"], skip_checks=everything)
    # to be written anew is no change where the same is written
    names = {f"{LICENCES}/BSD", f"{LICENCES}/GPL-2", "/usr/bin/htop"}
    assert of(found[BAD], "fail") == {("usr-drift", name) for name in names}
    assert of(found[GOOD], "pass") == {("usr-drift", "")}
    assert of(found[GOOD], "not_applicable") == {(name, "") for name in everything}


def test_a_host_that_does_not_answer_has_a_finding_a_check(audited: Audited) -> None:
    audited.lab.power_off(BAD)
    path, dest = audited.home / "posture.yml", audited.home / "seen"
    (dest / "all.json").unlink()
    given = {"plan": str(audited.plan), "dest": str(dest), "release_max_age": "1d", **PROFILE}
    text = PLAY.replace("  gather_facts: false", "  gather_facts: false\n  ignore_unreachable: true")
    path.write_text(text)
    audited.play(str(path), **given)
    found = json.loads((dest / "all.json").read_text())["findings"]
    lost = [one for one in found if one["host"] == BAD]
    assert {one["outcome"] for one in lost} == {"unknown"}
    assert [one["check"] for one in lost] == [check.name for check in CHECKS]
    assert all("cannot be reached" in one["message"] for one in lost)
