"""Write files so that a half-written one never looks whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def replacing(destination: Path) -> Iterator[Path]:
    """Yield a temporary path beside `destination`, renamed onto it only on success.

    Parameters
    ----------
    destination
        The file to create or replace; its folder is made when missing.

    Yields
    ------
    Path
        Where to write.  Removed when the body raises.
    """
    destination = Path(destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    partial = destination.with_name(f".{destination.name}.partial")
    try:
        yield partial
        partial.replace(destination)
    finally:
        partial.unlink(missing_ok=True)


def write_csv(table: "pd.DataFrame", destination: Path) -> None:
    """Write a table as CSV, missing values blank."""
    with replacing(destination) as partial:
        table.to_csv(partial, index=False)
