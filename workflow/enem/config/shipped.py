"""The workflow's own files that the library reads too: those of the clone, or their copies.

The wheel carries copies of them (pyproject.toml says where), since it has no workflow around it.
"""

from pathlib import Path

CARRIED = Path(__file__).with_name("shipped")
CLONE = Path(__file__).parents[3]
PLACES = {
    "config.yaml": "config.yaml",
    "config.schema.yaml": "workflow/schemas/config.schema.yaml",
    "sources.csv": "data/sources.csv",
}
"""Where a clone has each file."""


def shipped(name: str) -> Path:
    """Return the path of a file of `PLACES`."""
    carried = CARRIED / name
    return carried if carried.is_file() else CLONE / PLACES[name]
