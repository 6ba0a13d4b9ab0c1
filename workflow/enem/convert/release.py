"""Convert INEP's zip of one edition into one typed table of all states, in one pass."""

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from enem.atomic import replacing
from enem.convert.background import mapped
from enem.convert.blocks import LineBlocks
from enem.convert.columns import Plan, plan_columns
from enem.convert.parse import BlockParser, Parsed
from enem.convert.report import ConversionReport
from enem.convert.table_writer import TableWriter
from enem.convert.values import Unknown
from enem.convert.zip_stream import InflatedMember, open_member
from enem.editions import edition_named
from enem.errors import InputError

BLOCKS_AHEAD = 4
PROGRESS_STEPS = 10
CODES_LISTED = 20
OTHERS = "others"

log = logging.getLogger("enem")


def convert_release(
    zip_path: Path,
    edition: str,
    destination: Path,
    report_path: Path,
    questions: Sequence[str] = (),
    required: Iterable[str] | None = None,
) -> ConversionReport:
    """Write the wanted columns of all participants of an edition as Parquet, and a JSON report.

    The CSV is read once, straight from the zip; memory does not grow with its size.  Codes,
    missing values, income, school type and absent essays are harmonised as the edition's entry
    in ``editions.yaml`` says, and every code is checked against it: an unknown one refuses the
    file in a column that is required, and is missing and counted in any other.

    Parameters
    ----------
    zip_path
        The zip as INEP publishes it.
    edition
        A name that `enem.editions.load_editions` knows.
    destination, report_path
        The Parquet and JSON files to write; neither is left behind by an error.
    questions
        Further questions to keep the answers of, by their names in ``editions.yaml``.
    required
        Columns of the converted table that are going to be read; all of them if None.

    Raises
    ------
    InputError
        When the zip is damaged or of another edition, or a row is not in INEP's dialect.
    """
    with open_member(zip_path, edition) as member, ThreadPoolExecutor(1) as hasher:
        sha256 = hasher.submit(_sha256, zip_path)
        file = f"{member.entry.filename} in {zip_path} (edition {edition})"
        log.info("Converting %s", file)
        blocks = LineBlocks(member, file)
        plan = plan_columns(file, edition_named(edition), blocks.header, questions, required)
        with replacing(destination) as table, replacing(report_path) as report_file:
            counts = _write(table, plan, blocks, member.entry.file_size)
            report = _report(member, plan, blocks, counts, sha256.result())
            report.write(report_file)
    _log_outcome(report, file)
    return report


@dataclass
class Counts:
    """What was counted while a file was converted."""

    rows: int = 0
    blank_lines: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    unknown: Unknown = field(default_factory=lambda: defaultdict(Counter))

    def add(self, part: Parsed) -> None:
        """Count a block."""
        self.rows += part.batch.num_rows
        self.blank_lines += part.blank_lines
        for name, column in zip(part.batch.schema.names, part.batch.columns, strict=True):
            self.missing[name] += column.null_count
        for column, codes in part.unknown.items():
            self.unknown[column] += codes


def _write(table: Path, plan: Plan, blocks: LineBlocks, size: int) -> Counts:
    """Parse blocks on a thread of its own and write them; return the counts."""
    counts = Counts()
    parser = BlockParser(plan)
    parsed = mapped(parser, blocks, BLOCKS_AHEAD)
    with closing(parsed), TableWriter(table, parser.schema) as writer:
        for part in _with_progress(parsed, size):
            writer.take(part.batch)
            counts.add(part)
    if not counts.rows:
        raise InputError(
            f"{plan.file} has a header and no rows. Give the zip as INEP publishes it."
        )
    return counts


def _with_progress(parsed: Iterable[Parsed], size: int) -> Iterable[Parsed]:
    done, step = 0, 1
    for part in parsed:
        yield part
        done += part.bytes_read
        while done * PROGRESS_STEPS >= step * size and step < PROGRESS_STEPS:
            log.info("%d %% of %s bytes converted", 100 * step // PROGRESS_STEPS, f"{size:,}")
            step += 1


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _report(
    member: InflatedMember,
    plan: Plan,
    blocks: LineBlocks,
    counts: Counts,
    sha256: str,
) -> ConversionReport:
    return ConversionReport(
        edition=plan.edition.name,
        layout=plan.layout,
        member=member.entry.filename,
        zip_bytes=member.zip_path.stat().st_size,
        zip_sha256=sha256,
        rows=counts.rows,
        expected_rows=plan.edition.expected_rows,
        blank_lines=counts.blank_lines,
        cut_last_line=int(blocks.cut_last_line),
        columns_absent=plan.columns_absent,
        income_column=plan.edition.income_column,
        missing=dict(counts.missing),
        required=tuple(name for name in plan.outputs if plan.is_required(name)),
        unknown_codes=_commonest(counts.unknown),
        columns=plan.outputs,
    )


def _commonest(unknown: Unknown) -> dict[str, dict[str, int]]:
    """List the unknown values of each column, commonest first, those beyond a few together."""
    listed = {}
    for column, codes in sorted(unknown.items()):
        common = codes.most_common(CODES_LISTED)
        others = codes.total() - sum(rows for _, rows in common)
        listed[column] = dict(common) | ({OTHERS: others} if others else {})
    return listed


def _log_outcome(report: ConversionReport, file: str) -> None:
    log.info("%s rows converted from %s", f"{report.rows:,}", file)
    if report.expected_rows is not None and report.expected_rows != report.rows:
        log.info("INEP states %s rows for the whole country", f"{report.expected_rows:,}")
    for column, codes in report.unknown_codes.items():
        found = ", ".join(f"{code!r} ({rows:,} rows)" for code, rows in codes.items())
        log.warning("%s: %s has values that are taken as missing: %s", file, column, found)
    if report.blank_lines:
        log.warning("%s: %d blank line(s) skipped", file, report.blank_lines)
    if report.cut_last_line:
        log.warning(
            "%s: the last line breaks off before its last column and was left out; the file "
            "may lack rows at its end",
            file,
        )
