"""Write the simulated release, its truth, the effects of its schools and its record."""

from pathlib import Path

from _job import run

from enem.atomic import write_json
from enem.editions import edition_named
from enem.retrieve.formats import file_facts
from enem.simulate import simulate_release
from enem.tabulate.income import income_values


def main(snakemake):
    settings, income = snakemake.params.settings, snakemake.params.income
    path = Path(snakemake.output.zip)
    simulate_release(
        path,
        Path(snakemake.output.truth),
        participants=settings["participants"],
        seed=settings["seed"],
        income_values=income_values(edition_named("simulated"), income),
        groups_path=Path(snakemake.output.groups),
    )
    record = {"edition": "simulated", "source": "simulated", **settings, **file_facts(path)}
    write_json(record, Path(snakemake.output.record))


run(main, snakemake)
