"""Runs one of the doubled commands: python3 -m double COMMAND ARGUMENT…"""

from __future__ import annotations

import sys
from pathlib import Path

from .errors import ToolError, UsageError


def main(words: list[str]) -> int:
    command, *argv = words
    if command == "transaction":
        from .transaction import work

        work(Path(argv[0]))
        return 0
    try:
        if command == "rpm-ostree":
            from .rpmostree import run
        elif command == "bootc":
            from .bootc import run
        elif command == "rpm":
            from .rpm import run
        else:
            raise ToolError(f"there is no double of {command}")
        return run(argv)
    except ToolError as error:
        sys.stdout.flush()
        if isinstance(error, UsageError):
            sys.stderr.write(error.usage)
        sys.stderr.write(f"error: {error}\n")
        return error.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
