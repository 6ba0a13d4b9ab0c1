"""What a run of everything costs on a cluster, from benchmarks that Snakemake wrote.

Run with ``uv run python docs/cluster_costs.py`` and one of

- ``snakemake ARGUMENTS``: Snakemake, sampling memory and processor time every second;
- ``collect ONE SEVERAL N``: read ``benchmarks/`` of two such runs of the simulated release, a state
  with its page (ONE) and N states without pages (SEVERAL), into ``cluster_parts.csv``;
- nothing: write the tables of ``cluster.md`` from that file.
"""

import csv
import functools
import sys
from pathlib import Path
from typing import NamedTuple

from enem.editions import load_editions
from enem.names import OUTCOMES, STATES

DOCS = Path(__file__).parent
PARTS = DOCS / "cluster_parts.csv"
PAGE = DOCS / "cluster.md"
MARK = "<!-- made by cluster_costs.py -->"
SIMULATED_ROWS = 200_000
PER_ROW = ("convert_release", "tabulate_cells")
"""Stages that do nothing but read rows: their cost is taken as proportional to them."""
PARTLY = ("check_models", "compare_models")
"""Stages that read rows too: their cost lies between one that rows leave alone and that."""
STAGES = (*PER_ROW, "fit_models", "estimate_models", *PARTLY)


class Part(NamedTuple):
    """Processor seconds, wall seconds and peak memory (MiB) of a rule's jobs, summed or largest."""

    jobs: int
    cpu: float
    wall: float
    memory: float


def sample_finely() -> None:
    """Run Snakemake, whose own interval of 30 s would lose the end of every shorter job."""
    from snakemake import benchmark

    benchmark.benchmarked = functools.partial(benchmark.benchmarked, interval=1)
    from snakemake.cli import main

    main(sys.argv[2:])


def collect(one: Path, several: Path, count: int) -> None:
    """Read the benchmarks of both runs into `PARTS`."""
    with PARTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["states", "rule", "jobs", "cpu_seconds", "wall_seconds", "memory_mib"])
        for states, folder in ((1, one), (count, several)):
            for rule in sorted({path.relative_to(folder).parts[0] for path in _tsv(folder)}):
                part = _read(folder, rule)
                name = rule.removesuffix(".tsv")
                numbers = (part.cpu, part.wall, part.memory)
                writer.writerow([states, name, part.jobs, *(f"{n:.2f}" for n in numbers)])


def _tsv(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.tsv"))


def _read(folder: Path, rule: str) -> Part:
    paths = [p for p in _tsv(folder) if p.relative_to(folder).parts[0] == rule]
    rows = []
    for path in paths:
        with path.open(encoding="utf-8") as file:
            rows += csv.DictReader(file, delimiter="\t")
    return Part(
        len(rows),
        sum(float(row["cpu_time"]) for row in rows),
        sum(float(row["s"]) for row in rows),
        max(float(row["max_rss"]) for row in rows),
    )


def parts() -> dict[tuple[int, str], Part]:
    """Return the measured parts by number of states and rule."""
    with PARTS.open(encoding="utf-8") as file:
        return {
            (int(row["states"]), row["rule"]): Part(
                int(row["jobs"]),
                *(float(row[key]) for key in ("cpu_seconds", "wall_seconds", "memory_mib")),
            )
            for row in csv.DictReader(file)
        }


def edition_seconds(
    rows: int, outcomes: int, with_rows: tuple[str, ...] = PER_ROW
) -> dict[str, float]:
    """Processor seconds of each stage for all states of one edition.

    A stage costs a start and so much for each analysis (state and outcome): two runs give both.
    Handing out results and the atlas are taken as proportional to the number of analyses.
    """
    measured = parts()
    count = max(states for states, _ in measured)
    analyses = len(STATES) * outcomes
    growth = rows / SIMULATED_ROWS
    costs = {"convert_release": measured[1, "convert_release"].cpu * growth}
    for stage in STAGES[1:]:
        one, several = (measured[states, stage].cpu for states in (1, count))
        # where a start is most of it, sampling every second can make several cheaper than one
        cost = one + max(several - one, 0.0) / (count - 1) * (analyses - 1)
        costs[stage] = cost * growth if stage in with_rows else cost
    for rule in ("collect_results", "build_atlas"):
        costs[rule] = measured[count, rule].cpu / count * analyses
    return costs


def page_seconds(outcomes: int) -> dict[str, float]:
    """Processor seconds of the pages of all states of one edition."""
    measured = parts()
    per_outcome = (
        *("profile_scales", "study_estimators", "study_municipalities", "study_sensitivity"),
    )
    times = dict.fromkeys((*per_outcome, "draw_figures"), outcomes)
    times["build_report"] = 1
    return {name: measured[1, name].cpu * len(STATES) * n for name, n in times.items()}


def largest_stated() -> int:
    """Rows of the largest national file whose size INEP states."""
    return max(edition.expected_rows or 0 for edition in load_editions().values())


def usable_years() -> int:
    """Count the editions that can be analysed."""
    return sum(name.isdigit() for name in load_editions())


def tables() -> str:
    """Write the measured parts and the estimate as two Markdown tables."""
    return "\n".join([MARK, "", *_measured(), "", *_estimate(), "", MARK])


def _measured() -> list[str]:
    head = ["| rule | states | jobs | processor s | wall s | peak memory, MiB |", "|---" * 6 + "|"]
    lines = [
        f"| `{rule}` | {states} | {p.jobs} | {p.cpu:.1f} | {p.wall:.1f} | {p.memory:.0f} |"
        for (states, rule), p in sorted(parts().items(), key=lambda item: item[0][::-1])
    ]
    return head + lines


def _estimate() -> list[str]:
    years = usable_years()
    head = [
        f"| processor hours, {len(STATES)} states | one edition, one outcome "
        f"| one edition, {len(OUTCOMES)} outcomes | {years} editions, {len(OUTCOMES)} outcomes |",
        "|---|---:|---:|---:|",
    ]
    low, high = (_columns(years, rows) for rows in (PER_ROW, (*PER_ROW, *PARTLY)))
    names = [*low[0], "all"]
    for column in (*low, *high):
        column["all"] = sum(column.values())
    ranges = {n: [_hours(a[n], b[n]) for a, b in zip(low, high, strict=True)] for n in names}
    return head + [f"| `{name}` | {' | '.join(cells)} |" for name, cells in ranges.items()]


def _columns(years: int, with_rows: tuple[str, ...]) -> list[dict[str, float]]:
    """Seconds of one edition with one and all outcomes, and of all editions with all."""
    one, every = (
        edition_seconds(largest_stated(), n, with_rows) | page_seconds(n)
        for n in (1, len(OUTCOMES))
    )
    return [one, every, {name: seconds * years for name, seconds in every.items()}]


def _hours(low: float, high: float) -> str:
    texts = [f"{seconds / 3600:.2f}" for seconds in (low, high)]
    return texts[0] if texts[0] == texts[1] else " to ".join(texts)


def write_page() -> None:
    """Put the tables between the marks of the page."""
    before, _, after = PAGE.read_text(encoding="utf-8").split(MARK)
    PAGE.write_text(before + tables() + after, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["snakemake"]:
        sample_finely()
    elif sys.argv[1:2] == ["collect"]:
        collect(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
        write_page()
    else:
        write_page()
