"""Show how far a download is: a bar on a terminal, a line in the log every tenth elsewhere."""

import logging
import sys
from types import TracebackType
from typing import Self

from tqdm import tqdm

logger = logging.getLogger(__name__)

MEGABYTE = 1_000_000
UNKNOWN_TOTAL_STEP = 100 * MEGABYTE


class Progress:
    """A context manager that counts the bytes of one transfer.

    Parameters
    ----------
    name
        What is being downloaded.
    total
        Size in bytes, or None where the server does not tell.
    done
        Bytes that an earlier transfer left.
    """

    def __init__(self, name: str, total: int | None, done: int) -> None:
        self.name = name
        self.total = total
        self.done = done
        self.terminal = sys.stderr.isatty()
        self.bar = tqdm(
            desc=name,
            total=total,
            initial=done,
            unit="B",
            unit_scale=True,
            file=sys.stderr,
            disable=not self.terminal,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.bar.close()

    def advance(self, count: int) -> None:
        """Count `count` more bytes."""
        before = self._steps()
        self.done += count
        self.bar.update(count)
        if not self.terminal and self._steps() > before:
            logger.info("%s: %s", self.name, self._so_far())

    def _steps(self) -> int:
        return 10 * self.done // self.total if self.total else self.done // UNKNOWN_TOTAL_STEP

    def _so_far(self) -> str:
        megabytes = f"{self.done / MEGABYTE:,.1f}"
        if not self.total:
            return f"{megabytes} MB"
        return f"{self.done / self.total:.0%} ({megabytes} of {self.total / MEGABYTE:,.1f} MB)"
