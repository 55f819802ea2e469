#!/usr/bin/env python3
"""Writes a Markdown file as a comment of a merge request, over the one that was written before: comment.py FILE URL.

URL is that of the comments, by the API of GitHub (…/issues/NUMBER/comments) or GitLab (…/merge_requests/NUMBER/notes).
The comment is known again by the second line of the file, and COMMENT_TOKEN is who writes it. It needs Python alone.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PAGE = 100


def ask(method: str, url: str, token: str, body: str | None = None) -> Any:
    """What the API answers."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "User-Agent": "atomic.fleet"}
    data = None if body is None else json.dumps({"body": body}).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def written_before(url: str, token: str, marker: str) -> dict[str, Any] | None:
    """The comment with that line, of all there are."""
    page = 1
    while True:
        found = ask("GET", f"{url}?per_page={PAGE}&page={page}", token)
        for comment in found:
            if marker in comment["body"].splitlines()[:2]:
                return dict(comment)
        if len(found) < PAGE:
            return None
        page += 1


def write(url: str, token: str, text: str) -> str:
    """Writes the comment; what became of it."""
    before = written_before(url, token, text.splitlines()[1])
    if before is None:
        ask("POST", url, token, text)
        return "written"
    # GitHub says where a comment is; GitLab's is below the list
    if "url" in before:
        ask("PATCH", before["url"], token, text)
    else:
        ask("PUT", f"{url}/{before['id']}", token, text)
    return "written over the one before"


def main(words: list[str]) -> int:
    """1 with one sentence where the comment could not be written."""
    token = os.environ.get("COMMENT_TOKEN")
    if len(words) != 2 or not token:
        print("comment.py: say FILE and URL, and set COMMENT_TOKEN.", file=sys.stderr)
        return 2
    file, url = words
    try:
        done = write(url, token, Path(file).read_text(encoding="utf-8"))
    except urllib.error.HTTPError as error:
        print(f"comment.py: {url} answered {error.code}: {error.read(300).decode(errors='replace')}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"comment.py: {error.filename or url}: {error.strerror or error}", file=sys.stderr)
        return 1
    print(f"The comment was {done}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
