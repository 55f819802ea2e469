"""How the commands of the double end."""

from __future__ import annotations

UNCHANGED = 77


class ToolError(Exception):
    """What the real tool would say behind `error: `, and its exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class UsageError(ToolError):
    """A command line that the real tool refuses; `usage` goes before the error."""

    def __init__(self, message: str, usage: str = "", code: int = 1) -> None:
        super().__init__(message, code)
        self.usage = usage
