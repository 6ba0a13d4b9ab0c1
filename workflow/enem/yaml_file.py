"""The library's own files of YAML, read by LibYAML, since every job reads some."""

from pathlib import Path
from typing import Any

import yaml


def read_yaml(path: Path) -> Any:
    """Return what a file holds."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
