"""What the double keeps of packages: the catalogue of a test, and packages that came as files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .errors import ToolError
from .layering import Catalogue, Package, parse_package
from .settings import CATALOGUE, HOME

IMPORTED = HOME / "imported"


def catalogue() -> Catalogue:
    """What the host's package repositories offer: {"packages": […], "base_provides": {capability: package}}."""
    try:
        content = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Catalogue()
    packages = tuple(parse_package(package) for package in content.get("packages", ()))
    return Catalogue(packages, content.get("base_provides", {}))


def imported() -> dict[str, Package]:
    return {
        f"{path.parent.name}:{path.name}": parse_package(json.loads(path.read_text(encoding="utf-8")))
        for path in IMPORTED.glob("*/*")
    }


def is_file(word: str) -> bool:
    return word.endswith(".rpm")


def add(word: str) -> tuple[str, Package]:
    """Import an .rpm file, of a path or an address: a double's package file is the JSON of one package."""
    try:
        if word.startswith(("http://", "https://")):
            from urllib.request import urlopen

            with urlopen(word, timeout=30) as answer:
                data = answer.read()
        else:
            data = Path(word.removeprefix("file://")).read_bytes()
    except OSError as error:
        raise ToolError(f"opening {word}: {getattr(error, 'strerror', None) or error}") from error
    try:
        package = parse_package(json.loads(data))
    except (ValueError, KeyError, TypeError) as error:
        raise ToolError(f"Failed to open RPM: {word} is not a package") from error
    digest = hashlib.sha256(data).hexdigest()
    path = IMPORTED / digest / package.nevra
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return f"{digest}:{package.nevra}", package
