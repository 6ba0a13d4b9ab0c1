"""Convert INEP's zip of one edition into one typed table of all states, in one pass."""

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from enem.atomic import replacing
from enem.convert.background import mapped
from enem.convert.blocks import LineBlocks
from enem.convert.columns import Plan, plan_columns
from enem.convert.counts import Counts, commonest
from enem.convert.csv_file import CsvFile
from enem.convert.csv_stream import open_csv
from enem.convert.names import UTF_8
from enem.convert.parse import BlockParser, Parsed
from enem.convert.report import ConversionReport
from enem.convert.rewrite import RewrittenBlocks, blocks_of
from enem.convert.table_writer import write_table
from enem.editions import edition_named
from enem.errors import InputError, Sentence, in_full, joined, sentence
from enem.retrieve.verify import sha256_of

BLOCKS_AHEAD = 4
PROGRESS_STEPS = 10

type Blocks = LineBlocks | RewrittenBlocks

log = logging.getLogger("enem")


def convert_release(
    path: Path,
    edition: str,
    destination: Path,
    report_path: Path,
    questions: Sequence[str] = (),
    required: Iterable[str] | None = None,
) -> ConversionReport:
    """Write the wanted columns of all participants of an edition as Parquet, and a JSON report.

    The CSV is read once, straight from the zip; memory grows with its rows by 8 bytes each.  Codes,
    missing values, income, school type and absent essays are harmonised as the edition's entry
    in ``editions.yaml`` says, and every code is checked against it: an unknown one refuses the
    file in a column that is required, and is missing and counted in any other.

    Parameters
    ----------
    path
        The zip as INEP publishes it, or the CSV that it holds, as it is or compressed by gzip.  A
        CSV that another program saved again is read where that takes no guess.
    edition
        A name that `enem.editions.load_editions` knows.
    destination, report_path
        The Parquet and JSON files to write; neither is left behind by an error.
    questions
        Further questions to keep the answers of, by their names in ``editions.yaml``; those that
        the edition does not ask in a way that compares are left out.
    required
        Columns of the converted table that are going to be read; all of them if None.

    Raises
    ------
    InputError
        When the file is damaged or of another edition, has rows twice, or a row cannot be read.
    """
    with open_csv(path, edition) as stream, ThreadPoolExecutor(1) as hasher:
        sha256 = hasher.submit(sha256_of, stream.file.path)
        file = stream.file.label(edition)
        log.info("Converting %s", file)
        blocks = blocks_of(stream, file)
        plan = plan_columns(file, edition_named(edition), blocks.header, questions, required)
        with replacing(destination) as table, replacing(report_path) as report_file:
            counts = _write(table, plan, blocks, stream.file.size)
            report = _report(stream.file, plan, blocks, counts, sha256.result())
            report.write(report_file)
    _log_outcome(report, file)
    return report


def _write(table: Path, plan: Plan, blocks: Blocks, size: int | None) -> Counts:
    """Parse blocks on a thread of its own and write them; return the counts."""
    counts = Counts()
    parser = BlockParser(plan)
    parsed = mapped(parser, blocks, BLOCKS_AHEAD)
    with closing(parsed):
        write_table(table, parser.schema, map(counts.add, _with_progress(parsed, size)))
    if not counts.rows:
        raise InputError(
            "{file} has a header and no rows. Give the zip as INEP publishes it.", file=plan.file
        )
    counts.registrations_checked = counts.registrations.check(plan.file, plan.registration)
    counts.encoding = parser.encoding
    return counts


def _with_progress(parsed: Iterable[Parsed], size: int | None) -> Iterable[Parsed]:
    """Log each tenth of the bytes, where it is known how many they are."""
    if size is None:
        yield from parsed
        return
    done, step = 0, 1
    for part in parsed:
        yield part
        done += part.bytes_read
        while done * PROGRESS_STEPS >= step * size and step < PROGRESS_STEPS:
            log.info("%d %% of %s bytes converted", 100 * step // PROGRESS_STEPS, in_full(size))
            step += 1


def _report(
    source: CsvFile,
    plan: Plan,
    blocks: Blocks,
    counts: Counts,
    sha256: str,
) -> ConversionReport:
    return ConversionReport(
        edition=plan.edition.name,
        layout=plan.layout,
        member=source.name,
        zip_bytes=source.path.stat().st_size,
        zip_sha256=sha256,
        rows=counts.rows,
        expected_rows=plan.edition.expected_rows,
        inep_dialect=blocks.dialect.is_ineps and counts.encoding != UTF_8,
        delimiter=blocks.dialect.delimiter,
        quoted=blocks.dialect.quoted,
        encoding=blocks.dialect.wide_encoding or counts.encoding,
        registrations_checked=counts.registrations_checked,
        blank_lines=counts.blank_lines,
        cut_last_line=int(blocks.cut_last_line),
        columns_absent=plan.columns_absent,
        income_column=plan.edition.income_column,
        missing=dict(counts.missing),
        required=tuple(name for name in plan.outputs if plan.is_required(name)),
        unknown_codes=commonest(counts.unknown),
        columns=plan.outputs,
    )


def _log_outcome(report: ConversionReport, file: Sentence) -> None:
    log.info("%s rows converted from %s", in_full(report.rows), file)
    if report.expected_rows is not None and report.expected_rows != report.rows:
        log.info("INEP states %s rows for the whole country", in_full(report.expected_rows))
    if not report.inep_dialect:
        quoted = sentence("quoted" if report.quoted else "not quoted")
        log.warning(
            "%s is not in INEP's dialect (delimiter %r, %s, %s): it was saved again by another "
            "program, which may have changed more than that",
            *(file, report.delimiter, quoted, report.encoding),
        )
    if not report.registrations_checked:
        log.warning(
            "%s: registration numbers are absent or masked, so rows that are there twice would not "
            "be noticed",
            file,
        )
    for column, codes in report.unknown_codes.items():
        found = joined(
            (sentence("{code!r} ({rows:,} rows)", code=code, rows=n) for code, n in codes.items()),
            ", ",
        )
        log.warning("%s: %s has values that are taken as missing: %s", file, column, found)
    if report.blank_lines:
        log.warning("%s: %d blank line(s) skipped", file, report.blank_lines)
    if report.cut_last_line:
        log.warning(
            "%s: the last line breaks off before its last column and was left out; the file "
            "may lack rows at its end",
            file,
        )
