"""An HTTP/1.1 answer as it comes in: what is whole, what is cut off, and what is no HTTP at all (RFC 9112). Pure."""

from __future__ import annotations

import re

LONGEST_HEAD = 64 * 1024
LONGEST_LINE = 1024
LONGEST_BODY = 64 * 1024 * 1024
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: [^\x00-\x08\x0a-\x1f\x7f]*)?\Z")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)\Z")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?\Z")
_SERVED_BY = re.compile(rb".+-([^-]+)-[0-9]+\Z")


class Malformed(Exception):
    """What came is no answer by the rules of HTTP/1.1."""


def pool_of(name: bytes) -> str:
    """NAME-POOL-NUMBER -> POOL; empty where it is called otherwise."""
    found = _SERVED_BY.match(name)
    return found[1].decode("ascii", "replace") if found else ""


class Answer:
    """Fed with what arrives. `keeps`: the connection may be used for the next request."""

    def __init__(self) -> None:
        self.begun = False
        self.whole = False
        self.keeps = False
        self.status = 0
        self.pool = ""
        self._rest = b""
        self._part = self._head
        self._left = 0
        self._sized = 0

    def feed(self, data: bytes) -> None:
        """Raises Malformed."""
        self.begun = True
        self._rest += data
        while not self.whole and self._part():
            pass
        if self.whole and self._rest:
            raise Malformed("there is more than one answer")

    def end(self) -> bool:
        """The server closed: whether that made the answer whole, as it does for one without a length."""
        if self._part == self._until_closed:
            self.whole = True
        return self.whole

    # -- each takes what it can of what is there, and says whether the next has a turn

    def _head(self) -> bool:
        end = self._rest.find(b"\r\n\r\n")
        if end < 0:
            if len(self._rest) > LONGEST_HEAD or not b"HTTP/1.".startswith(self._rest[:7]):
                raise Malformed("it does not begin as HTTP/1.1 does")
            return False
        first, *lines = self._rest[:end].split(b"\r\n")
        self._rest = self._rest[end + 4 :]
        status = _STATUS.match(first)
        fields = [_FIELD.match(line) for line in lines]
        if status is None or None in fields:
            raise Malformed("its head is none")
        self.status = int(status[2])
        said: dict[bytes, list[bytes]] = {}
        for field in fields:
            if field:
                said.setdefault(field[1].lower(), []).append(field[2].strip(b" \t"))
        if self.status == 101:
            raise Malformed("nobody asked it to switch protocols")
        if self.status >= 200:  # else the answer itself is still to come
            self._begin_body(said, status[1] == b"1")
        return True

    def _begin_body(self, said: dict[bytes, list[bytes]], persistent: bool) -> None:
        self.pool = pool_of(said.get(b"x-served-by", [b""])[-1])
        words = b",".join(said.get(b"connection", [])).lower().split(b",")
        self.keeps = persistent and b"close" not in [word.strip() for word in words]
        coding = b",".join(said.get(b"transfer-encoding", [])).lower()
        lengths = set(said.get(b"content-length", []))
        if self.status in (204, 304):
            self.whole = True
        elif coding:
            if coding.strip() != b"chunked" or lengths or not persistent:
                raise Malformed("how long it is cannot be known")
            self._part = self._chunk_size
        elif lengths:
            (length, *others) = lengths
            if others or not length.isdigit() or len(length) > 10 or int(length) > LONGEST_BODY:
                raise Malformed("its length is none")
            self._left = int(length)
            self._part = self._counted
        else:
            self.keeps = False
            self._part = self._until_closed

    def _take(self) -> bool:
        taken = min(self._left, len(self._rest))
        self._rest, self._left = self._rest[taken:], self._left - taken
        return self._left == 0

    def _counted(self) -> bool:
        self.whole = self._take()
        return False

    def _until_closed(self) -> bool:
        self._rest = b""
        return False

    def _line(self) -> bytes | None:
        line, ended, rest = self._rest.partition(b"\r\n")
        if len(line) > LONGEST_LINE:
            raise Malformed("a line in it does not end")
        if not ended:
            return None
        self._rest = rest
        return line

    def _chunk_size(self) -> bool:
        line = self._line()
        if line is None:
            return False
        size = _SIZE.match(line)
        if size is None:
            raise Malformed("a chunk's size is none")
        self._left = int(size[1], 16)
        self._sized += self._left
        if self._sized > LONGEST_BODY:
            raise Malformed("it does not end")
        self._part = self._chunk if self._left else self._trailer
        return True

    def _chunk(self) -> bool:
        if not self._take() or len(self._rest) < 2:
            return False
        if self._rest[:2] != b"\r\n":
            raise Malformed("a chunk is longer than it said")
        self._rest = self._rest[2:]
        self._part = self._chunk_size
        return True

    def _trailer(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if line and _FIELD.match(line) is None:
            raise Malformed("its trailer is none")
        self.whole = not line
        return True
