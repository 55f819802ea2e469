"""A program in a terminal of its own, and what a person in front of it sees."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

_TOKENS = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


def screen(text: str) -> list[str]:
    """The lines that such output leaves behind, colours aside. Knows what our bars are made of, no more."""
    lines, row, column = [""], 0, 0
    for words, command, control, plain in _TOKENS.findall(text):
        if control == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif control == "\r":
            column = 0
        elif command == "A":
            row -= int(words or 1)
            assert row >= 0, "the cursor left the screen"
        elif command == "J":
            lines[row:] = [lines[row][:column]]
        elif plain:
            lines[row] = (lines[row][:column].ljust(column) + plain + lines[row][column + len(plain) :]).rstrip("\n")
            column += len(plain)
    return lines


class Terminal:
    """``columns`` wide. A context manager; the program is ended with it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], columns: int = 100) -> None:
        self.text = ""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=dict(environment), start_new_session=True
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_details: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._master)

    def until(self, what: str, seen: Callable[[list[str]], bool], timeout: float = 240.0) -> None:
        """Read on until a person would see it."""
        end = time.monotonic() + timeout
        while not seen(screen(self.text)):
            assert time.monotonic() < end, f"waited in vain for {what}:\n{self.text}"
            assert self._read(), f"it ended before {what}:\n{self.text}"

    def end(self, timeout: float = 240.0) -> int:
        end = time.monotonic() + timeout
        while self._read() and time.monotonic() < end:
            pass
        return self._process.wait(10)

    def _read(self) -> bool:
        """Whether more may come."""
        if select.select([self._master], [], [], 1.0)[0]:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # all who could have written are gone
                return False
            self.text += data.decode("utf-8", "replace")
            return bool(data)
        return True
