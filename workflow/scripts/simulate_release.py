"""Write the simulated release, its truth, the effects of its schools and its record."""

import json
from pathlib import Path

from _job import run

from enem.atomic import replacing
from enem.editions import edition_named
from enem.retrieve.verify import verify_zip
from enem.simulate import simulate_release
from enem.tabulate.income import IncomeSettings, income_table


def main(snakemake):
    settings, income = snakemake.params.settings, snakemake.params.income
    brackets = income_table(
        edition_named("simulated"), IncomeSettings(income["none"], income["open_ended_factor"])
    )
    path = Path(snakemake.output.zip)
    simulate_release(
        path,
        Path(snakemake.output.truth),
        participants=settings["participants"],
        seed=settings["seed"],
        income_values=dict(
            zip(brackets["income_bracket"], brackets["value_min_wages"], strict=True)
        ),
        groups_path=Path(snakemake.output.groups),
    )
    record = {"edition": "simulated", "source": "simulated", **settings, **verify_zip(path)}
    with replacing(Path(snakemake.output.record)) as partial:
        partial.write_text(json.dumps(record, indent=2) + "\n")


run(main, snakemake)
