"""What every script does around its work: a log, and errors that people can read."""

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

# scripts run in processes of their own, perhaps in an environment without the library
sys.path.insert(0, str(Path(__file__).parents[1]))

from enem.alone import at_work
from enem.batch.record import Record, contents, record_of_job
from enem.errors import InputError
from enem.terminal import translate, translate_record

INTERRUPTED = 130
"""How a process ends that Ctrl-C stopped, as shells have it."""

RECORDED = (
    "results/",
    "data/participants/",
    "data/samples/",
    "data/loo/",
    "data/sums/",
    "data/charts/",
)
"""Where files lie of which the next run sees whether they still hold what a job wrote."""

STOPPED = "Stopped. Run the same command again: what is finished stays."


def _explain(kind: type[BaseException], *error: Any) -> None:
    """Show an error outside of `run`, as when Ctrl-C comes while the libraries load."""
    if issubclass(kind, KeyboardInterrupt):
        print(f"WARNING {translate(STOPPED)}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, *error)


sys.excepthook = _explain


def run(main: Callable[[Any], str | None], snakemake: Any) -> None:
    """Run a script's `main`, logging to the rule's log and to the terminal.

    What `main` returns is recorded as what the files were made from, beside what they hold.  An
    `InputError`, Ctrl-C and a lack of memory end the job with a sentence; anything else with its
    traceback.
    """
    log, record = _logger(snakemake.log[0]), record_of_job(snakemake.log[0])
    try:
        at_work()
        record.unlink(missing_ok=True)
        made_from = main(snakemake)
        made = [Path(path) for path in snakemake.output if path.startswith(RECORDED)]
        if made:
            Record(made_from or "", None, contents(made)).write(record)
    except InputError as error:
        log.error("%s", error)
    except KeyboardInterrupt:
        log.warning(STOPPED)
        sys.exit(INTERRUPTED)
    except MemoryError as error:
        log.error(
            "The machine had no memory left for this job (%s). Run again with one core (--cores 1) "
            "or with fewer states at a time: what is finished stays.",
            error or "Python gives no size",
        )
    except Exception:
        log.error("%s", traceback.format_exc())
    else:
        return
    sys.exit(1)


def _logger(path: str) -> logging.Logger:
    # a full disk has no room for the log either, and the job reports that by itself
    logging.raiseExceptions = False
    log = logging.getLogger("enem")
    log.setLevel(logging.INFO)
    to_file = logging.FileHandler(path, encoding="utf-8", delay=True)
    for handler in (to_file, logging.StreamHandler()):
        handler.addFilter(translate_record)
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        log.addHandler(handler)
    return log
