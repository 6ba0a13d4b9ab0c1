"""What every script does around its work: a log, and errors that people can read."""

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

# scripts run in processes of their own, perhaps in an environment without the library
sys.path.insert(0, str(Path(__file__).parents[1]))

from enem.errors import InputError


def run(main: Callable[[Any], None], snakemake: Any) -> None:
    """Run a script's `main`, logging to the rule's log and to the terminal.

    An `InputError` ends the job with its sentence; anything else also leaves its traceback in
    the log.
    """
    log = logging.getLogger("enem")
    log.setLevel(logging.INFO)
    for handler in (logging.FileHandler(snakemake.log[0], mode="w"), logging.StreamHandler()):
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        log.addHandler(handler)
    try:
        main(snakemake)
    except InputError as error:
        log.error("%s", error)
        sys.exit(1)
    except BaseException:
        log.error("%s", traceback.format_exc())
        raise
