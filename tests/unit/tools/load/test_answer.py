"""HTTP/1.1 answers: where one ends, and what is none."""

from __future__ import annotations

import pytest

from tools.load.answer import Answer, Malformed, pool_of

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "data,status,keeps",
    [
        (HEAD + b"Content-Length: 2\r\n\r\nok", 200, True),
        (HEAD + b"content-length:2\r\ncontent-length: 2 \r\n\r\nok", 200, True),
        (HEAD + b"Content-Length: 0\r\nConnection: Keep-Alive, Close\r\n\r\n", 200, False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, False),
        (CHUNKED + b"2\r\nok\r\n0\r\n\r\n", 200, True),
        (CHUNKED + b"1;a=b\r\no\r\n01 \r\nk\r\n0\r\nX-Sum: 1\r\n\r\n", 200, True),
        (b"HTTP/1.1 204 \r\n\r\n", 204, True),
        (b"HTTP/1.1 503\r\nContent-Length: 0\r\n\r\n", 503, True),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\nok", 200, True),
    ],
)
def test_an_answer_is_whole_where_it_says_so_and_not_before(data: bytes, status: int, keeps: bool) -> None:
    for pieces in ([data], [data[index : index + 1] for index in range(len(data))]):
        answer = Answer()
        for piece in pieces:
            assert not answer.whole
            answer.feed(piece)
        assert (answer.whole, answer.status, answer.keeps) == (True, status, keeps)
    for cut in range(len(data)):
        answer = Answer()
        answer.feed(data[:cut])
        assert not answer.end(), data[:cut]


def test_without_a_length_it_ends_with_the_connection() -> None:
    answer = Answer()
    answer.feed(HEAD + b"\r\nall there")
    answer.feed(b" is")
    assert not answer.whole
    assert answer.end()
    assert not answer.keeps


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno field\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1, 2\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        HEAD + b"Content-Length: 99999999999\r\n\r\n",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
        HEAD + b"Content-Length: 2\r\n\r\nok!",
        CHUNKED + b"x\r\n",
        CHUNKED + b"1\r\nok\r\n",
        CHUNKED + b"0\r\nno trailer\r\n\r\n",
        CHUNKED + b"0\r\n\r\n" + HEAD,
        CHUNKED + b"1" * 2000,
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000,
        CHUNKED + b"ffffffff\r\n",
    ],
)
def test_what_is_no_answer_is_seen(data: bytes) -> None:
    with pytest.raises(Malformed):
        Answer().feed(data)


@pytest.mark.parametrize(
    "name,pool",
    [
        (b"demo-blue-1", "blue"),
        (b"a-b-green-12", "green"),
        (b"", ""),
        (b"blue-1", ""),
        (b"demo-blue-x", ""),
        (b"x", ""),
    ],
)
def test_which_pool_served(name: bytes, pool: str) -> None:
    assert pool_of(name) == pool
    answer = Answer()
    answer.feed(HEAD + b"X-Served-By: " + name + b"\r\nContent-Length: 0\r\n\r\n")
    assert answer.pool == pool
