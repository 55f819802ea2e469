"""The balancer: Debian's HAProxy before the web service of the lab's hosts.

It runs in the main network; a host in the private one is reached by HAProxy's own `namespace`. The servers are the
hosts that Terraform started and did not stop. HAProxy is reloaded for each change of them, and the weights that
somebody moved meanwhile stay: what runs is the truth, the state file has what ran last, and the configuration is
written from that.
"""

from __future__ import annotations

import contextlib
import csv
import io
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import TypeAlias

from . import daemon, machine, network
from .errors import LabError
from .paths import CONTROLLER_ADDRESS, PRIVATE_NETWORK, Lab, pool_of, write_atomically
from .run import locked, search_path
from .servers import BACKEND, Book, Server, addresses, ask, parse_state, read_book, whole, write_book

UNIT = "balancer"
PORT = 80
SAVED_EVERY = 0.5  # seconds: so much of what was moved is lost to a kill
START_SECONDS = 20.0
DRAIN_SECONDS = 2.0
SIGNALS = (signal.SIGTERM, signal.SIGHUP)
CHECKS_A_SECOND = 50  # over all hosts: each is a process in its host
FORMAT = "1\n"  # what a state file begins with
HAProxy: TypeAlias = "subprocess.Popen[bytes]"

# What a server got and did not answer with a single byte is sent to another if it may be done twice: a GET, no POST.
# What reached no server at all is always sent to another; a 500 is an answer, and passed on.
# Connections that clients keep open are not closed by a reload before their next request.
CONFIGURATION = """\
global
  log stdout format iso local0 notice
  stats socket {lab.balancer_socket} mode 600 level admin expose-fd listeners
  server-state-file {lab.balancer_state}
  nbthread 1
  maxconn 2000
  hard-stop-after 10s
defaults
  mode http
  log global
  option idle-close-on-response
  timeout connect 500ms
  timeout check 2s
  timeout queue 2s
  timeout client 10s
  timeout server 10s
frontend lab
  bind {address}:{port}
  default_backend {backend}
backend {backend}
  balance roundrobin
  load-server-state-from-file global
  option httpchk GET /version
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
  http-request disable-l7-retry unless {{ method GET HEAD OPTIONS }}
  http-reuse safe
  http-response set-header X-Served-By %s
  default-server check inter {interval}ms fall 2 rise 2
"""


def configuration(lab: Lab, book: Book, running: Mapping[str, Server]) -> str:
    """haproxy.cfg: a server that runs keeps its weight, a new one begins with its pool's."""
    lines = []
    for name, address in sorted(book.servers.items()):
        weight = running[name].weight if name in running else book.weights.get(pool_of(name), 0)
        namespace = f" namespace {lab.jump_namespace}" if address.startswith(f"{PRIVATE_NETWORK}.") else ""
        lines.append(f"  server {name} {address}:{PORT} weight {weight}{namespace}\n")
    interval = max(200, len(lines) * 1000 // CHECKS_A_SECOND)
    head = CONFIGURATION.format(lab=lab, address=CONTROLLER_ADDRESS, port=PORT, backend=BACKEND, interval=interval)
    return head + "".join(lines)


def save(lab: Lab) -> dict[str, Server] | None:
    """Keep what HAProxy says of its servers; None when it does not answer. A write never overtakes a later one."""
    with locked(lab.run / f"{UNIT}.state.lock"):
        try:
            text = ask(lab.balancer_socket, "show servers state")
        except OSError:
            return None
        if not whole(text):
            return None
        running = parse_state(text)
        if running != last(lab):
            write_atomically(lab.balancer_state, text)
        return running


def last(lab: Lab) -> dict[str, Server]:
    """The servers as they were when their state was saved."""
    try:
        return parse_state(lab.balancer_state.read_text())
    except OSError:
        return {}


def know(lab: Lab, weights: Mapping[str, int]) -> None:
    """The lab's pools, and what each begins with: a pool that comes later to one that serves begins with nothing."""
    lab.balancer.mkdir(exist_ok=True)
    with locked(lab.run / f"{UNIT}.servers.lock"):
        write_book(lab, read_book(lab).seen(save(lab) or last(lab)).knowing(weights))


def settle(lab: Lab) -> None:
    """Let HAProxy have just the servers of the book: started, or reloaded where it runs with others.

    Called with the unit's lock. What HAProxy says of its servers, or said last, is what the new one begins with.
    """
    for folder, mode in ((lab.balancer, 0o755), (lab.balancer_socket.parent, 0o700)):
        folder.mkdir(mode=mode, exist_ok=True)
    runs = daemon.alive(daemon.read_record(lab, UNIT))
    with locked(lab.run / f"{UNIT}.servers.lock"):
        running = save(lab)
        book = read_book(lab).seen(running or last(lab))
        write_book(lab, book)
        if runs and running is not None and addresses(running) == book.servers:
            return
        write_atomically(lab.balancer / "haproxy.cfg", configuration(lab, book, running or last(lab)))
        if not lab.balancer_state.exists():
            write_atomically(lab.balancer_state, FORMAT)
    if runs:
        daemon.signal_unit(lab, UNIT, signal.SIGHUP)
    else:
        daemon.start(lab, UNIT, UNIT)

    def there() -> bool:
        if not daemon.alive(daemon.read_record(lab, UNIT)):
            raise LabError(f"The balancer ended: see {lab.logs}/{UNIT}.log")
        found = save(lab)
        return found is not None and addresses(found) == book.servers

    daemon.wait_until(there, START_SECONDS, f"The balancer did not take up its hosts: see {lab.logs}/{UNIT}.log")


def join(lab: Lab, name: str, address: str) -> None:
    """A host that came up is a server from now on."""
    change(lab, name, address)


def leave(lab: Lab, name: str) -> None:
    """A host that is about to go gets no more requests, and those it has may end."""
    if name in read_book(lab).servers:
        drain(lab, name)
        with contextlib.suppress(LabError):  # a balancer in trouble keeps no host from being switched off
            change(lab, name, None)


def drain(lab: Lab, name: str) -> None:
    """No new requests to a host; wait a little for those under way, also in a HAProxy that was replaced meanwhile."""

    def idle() -> bool:
        rows = csv.DictReader(io.StringIO(ask(lab.balancer_socket, f"show stat {BACKEND} 4 -1")[2:]))
        used = any(row["scur"] != "0" for row in rows if row["svname"] == name)
        return not used and len(haproxies(lab)) < 2  # in this order: a request can become a former one's in between

    try:
        ask(lab.balancer_socket, f"set server {BACKEND}/{name} state maint")
        daemon.wait_until(idle, DRAIN_SECONDS, "requests go on")
    except (OSError, LabError):
        return  # HAProxy does not run, or a request takes longer than a switch-off waits


def haproxies(lab: Lab) -> list[int]:
    """The one that runs, and former ones that have requests left, or clients that may ask again."""
    record = daemon.read_record(lab, UNIT)
    return [pid for pid in machine.children(record.pid) if daemon.start_time(pid)] if record else []


def change(lab: Lab, name: str, address: str | None) -> None:
    """Bring a server to an address, or away. Of many that change at once one reloads for all."""
    with locked(lab.run / f"{UNIT}.servers.lock"):
        write_book(lab, read_book(lab).with_server(name, address))
    with locked(lab.run / f"{UNIT}.lock"):
        if daemon.alive(daemon.read_record(lab, UNIT)):
            settle(lab)


def serve(lab: Lab, unit: str) -> None:
    """The unit: it starts HAProxy, replaces it by another one on SIGHUP, and keeps what it says of its servers."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # they are waited for; HAProxy lets them in again by itself
    daemon.report(lab, unit)
    network.enter(lab.name)
    processes = [launch(lab)]
    try:
        while processes[-1].poll() is None:
            save(lab)
            got = signal.sigtimedwait(SIGNALS, SAVED_EVERY)
            if got is not None and got.si_signo == signal.SIGTERM:
                return
            if got is not None:
                processes = replaced(lab, processes)
            processes = [*(one for one in processes[:-1] if one.poll() is None), processes[-1]]
        sys.exit(f"HAProxy ended with {processes[-1].returncode}: terraform apply starts it again.")
    finally:
        save(lab)
        for process in processes:
            process.terminate()
            process.wait()


def launch(lab: Lab, *more: str) -> HAProxy:
    return subprocess.Popen(
        ["haproxy", "-db", "-f", str(lab.balancer / "haproxy.cfg"), *more],
        stdin=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": search_path(), "LC_ALL": "C"},
    )


def replaced(lab: Lab, processes: list[HAProxy]) -> list[HAProxy]:
    """A reload: a new HAProxy is handed the sockets of the one that runs, which ends when its last request has ended.

    The old one goes on where the new one does not come up.
    """
    new = launch(lab, "-x", str(lab.balancer_socket), "-sf", str(processes[-1].pid))
    while new.poll() is None:
        with contextlib.suppress(OSError):
            if f"\nPid: {new.pid}\n" in ask(lab.balancer_socket, "show info"):
                return [*processes, new]
        time.sleep(0.02)
    return processes


def clear(lab: Lab) -> None:
    """What lies outside of the lab's directory."""
    lab.balancer_socket.unlink(missing_ok=True)
    if lab.balancer_socket.parent.is_dir():
        for path in lab.balancer_socket.parent.iterdir():
            path.unlink()
        lab.balancer_socket.parent.rmdir()
