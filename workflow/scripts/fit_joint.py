"""Fit the five scores of one state together."""

import json
from pathlib import Path

from _job import run

from enem.atomic import write_csv
from enem.mixed.priors import parse_priors
from enem.provenance import package_versions, settings_digest
from enem.several.fit import fit_several
from enem.several.joint import complete_joint, correlation_table, joint_model
from enem.several.store import read_moments


def main(snakemake):
    p, inp = snakemake.params, snakemake.input
    moments = read_moments(Path(inp.moments))
    model = joint_model(moments, parse_priors(p.settings["priors"]))
    provenance = {
        **dict(snakemake.wildcards.items()),
        "model": "joint",
        "data_sha256": json.loads(Path(inp.report).read_text())["zip_sha256"],
        "config_sha256": settings_digest(p.settings),
        **p.settings,
        "versions": package_versions(),
    }
    table = Path(snakemake.output.correlations)
    posterior = fit_several(
        model, complete_joint, p.settings, provenance, snakemake.threads, table.parent
    )
    mass = p.settings["interval"]["mass"]
    write_csv(correlation_table(posterior, moments, mass), table)


run(main, snakemake)
