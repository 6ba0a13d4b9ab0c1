"""Fit one model to sums of the size of a country, in a process of its own.

``python -m studies.benchmarks.country MODEL PARTICIPANTS SCHOOLS MUNICIPALITIES FILE`` writes what
it took as JSON; the process's peak memory is that of the fit.
"""

import json
import sys
import time
from pathlib import Path

import arviz_stats as azs

from studies.benchmarks.participants import Size, tables_of
from studies.benchmarks.samplers import here
from studies.validation.setting import SEED, config, models, sampler

PARAMETERS = ("intercept", "slope", "sigma", "intercept_school_type", "slope_school_type")


def main() -> None:
    """Read model and size from the command line, fit, write."""
    name, *size, path = sys.argv[1:]
    made = tables_of(Size(*map(int, size)), SEED)
    spec, settings = models()[name], config()["sampler"]
    start = time.perf_counter()
    design = made.design(spec)
    designed = time.perf_counter() - start
    sampled, tree = here(design, sampler(settings["chains"], settings["draws"]), cores=2)
    posterior = tree["posterior"].to_dataset()[[*PARAMETERS, *spec.scales]]
    r_hat = azs.rhat(posterior)
    found = {
        "participants": int(design.n.sum()),
        "schools": len(design.groups),
        "municipalities": int(design.groups["municipality"].nunique()),
        "seconds": designed + sampled.seconds,
        "ess_min": sampled.ess_min,
        "r_hat": max(float(r_hat[key].max()) for key in r_hat.data_vars),
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
    }
    Path(path).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
