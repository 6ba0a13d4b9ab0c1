"""Write the simulated release, its truth, the effects of its schools and its record."""

import json
from pathlib import Path

from _job import run

from enem.atomic import replacing
from enem.editions import edition_named
from enem.retrieve.verify import verify_zip
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
    record = {"edition": "simulated", "source": "simulated", **settings, **verify_zip(path)}
    with replacing(Path(snakemake.output.record)) as partial:
        partial.write_text(json.dumps(record, indent=2) + "\n")


run(main, snakemake)
