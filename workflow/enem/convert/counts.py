"""Count what a conversion reads, block by block."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import pyarrow as pa

from enem.convert.parse import Parsed
from enem.convert.registrations import Registrations
from enem.convert.values import OTHERS, Unknown

CODES_LISTED = 20


@dataclass
class Counts:
    """What was counted while a file was converted."""

    rows: int = 0
    blank_lines: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    unknown: Unknown = field(default_factory=lambda: defaultdict(Counter))
    registrations: Registrations = field(default_factory=Registrations)
    registrations_checked: bool = False
    encoding: str = ""

    def add(self, part: Parsed) -> pa.RecordBatch:
        """Count a block, and return its rows."""
        batch, unknown, keys = part.made
        self.rows += batch.num_rows
        self.blank_lines += part.blank_lines
        self.registrations.add(keys)
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            self.missing[name] += column.null_count
        for column, codes in unknown.items():
            self.unknown[column] += codes
        return batch


def commonest(unknown: Unknown) -> dict[str, dict[str, int]]:
    """List the unknown values of each column, commonest first, those beyond a few together."""
    listed = {}
    for column, codes in sorted(unknown.items()):
        common = codes.most_common(CODES_LISTED)
        others = codes.total() - sum(rows for _, rows in common)
        listed[column] = dict(common) | ({OTHERS: others} if others else {})
    return listed
