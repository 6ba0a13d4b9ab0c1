"""Run a stage for every place, keeping what is up to date."""

import json
import logging
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enem.atomic import replacing
from enem.batch.places import Place
from enem.batch.record import Record, content_digest, read_record
from enem.errors import InputError
from enem.lanes import shared_out
from enem.provenance import settings_digest

logger = logging.getLogger("enem")
MADE, KEPT, REFUSED, BROKEN = "made", "kept", "refused", "broken"


@dataclass(frozen=True)
class Task:
    """What a stage does at one place.

    Attributes
    ----------
    place
        Where.
    inputs
        Files that it reads.
    outputs
        Files that it makes.
    after
        Records of earlier stages that must have gone well.
    """

    place: Place
    inputs: Sequence[Path]
    outputs: Sequence[Path]
    after: Sequence[Path]


@dataclass(frozen=True)
class Stage:
    """One arrow of the way of the data, for all analyses of an edition.

    Attributes
    ----------
    name
        Of the rule.
    settings
        Everything besides input files that the outputs depend on, the digest of the code
        included.
    """

    name: str
    settings: Mapping[str, Any]

    def run(
        self,
        tasks: Iterable[Task],
        ready: Callable[[], Callable[[Place], None]],
        receipt: Path,
        lanes: int = 1,
    ) -> None:
        """Perform each task that is not up to date.

        A user's mistake (`InputError`) is recorded and stops only what follows from it at that
        place, which `enem.batch.collect` tells the user.

        Parameters
        ----------
        tasks
            One a place.
        ready
            Loads what the work needs and returns what makes the outputs at a place.  Not called
            when everything is up to date, and once for all lanes: loading can take longer than
            the work of many places.
        receipt
            JSON to write at the end: how the task at each place ended.
        lanes
            Processes that share the tasks.

        Raises
        ------
        InputError
            When an earlier stage has not run at a place; and after all tasks, when some broke for
            another reason: they are tried again next time.
        """
        settings = settings_digest(self.settings)
        looked_at = [(task, *self._look_at(task, settings)) for task in tasks]
        ended = {task.place.name: how for task, how, _ in looked_at if how}
        waiting = [(task.place, made_from) for task, how, made_from in looked_at if not how]
        if waiting:
            perform = ready()
            settled = shared_out(waiting, lambda each: self._perform(*each, perform), lanes)
            ended |= {place.name: how for (place, _), how in zip(waiting, settled, strict=True)}
        self._write(receipt, {task.place.name: ended[task.place.name] for task, *_ in looked_at})

    def _write(self, receipt: Path, ended: Mapping[str, str]) -> None:
        counts = Counter(ended.values())
        logger.info("%s: %s", self.name, ", ".join(f"{n} {how}" for how, n in counts.items()))
        if counts[BROKEN]:
            names = ", ".join(name for name, how in ended.items() if how == BROKEN)
            raise InputError(
                f"{self.name} broke at {names}; the errors stand above in this log. What is "
                "finished is kept: mend the cause and run again."
            )
        with replacing(receipt) as unfinished:
            unfinished.write_text(json.dumps(ended, indent=2) + "\n")

    def _look_at(self, task: Task, settings: str) -> tuple[str | None, str]:
        """How a task ended before, if it did, and what its outputs are to be made from."""
        path = task.place.record(self.name)
        inherited = first_problem(task.after)
        if inherited:
            Record("", inherited).write(path)
            return REFUSED, ""
        made_from = content_digest(settings, task.inputs)
        known = read_record(path)
        if known and known.made_from == made_from and known.problem:
            return REFUSED, made_from
        if known and known.made_from == made_from and all(p.is_file() for p in task.outputs):
            return KEPT, made_from
        path.unlink(missing_ok=True)
        return None, made_from

    def _perform(self, place: Place, made_from: str, perform: Callable[[Place], None]) -> str:
        problem = None
        try:
            perform(place)
        except InputError as error:
            problem = str(error)
            logger.error("%s: %s", place.name, problem)
        except Exception:  # one broken analysis must not cost the others
            logger.error("%s: %s", place.name, traceback.format_exc())
            return BROKEN
        Record(made_from, problem).write(place.record(self.name))
        return REFUSED if problem else MADE


def first_problem(records: Iterable[Path]) -> str | None:
    """Return the first problem that earlier stages recorded.

    Raises
    ------
    InputError
        When a record is missing, so an earlier stage has not run here.
    """
    for path in records:
        record = read_record(path)
        if record is None:
            raise InputError(
                f"{path} is missing, so an earlier stage has not finished there. Run again with "
                f"--forcerun {path.stem}."
            )
        if record.problem:
            return record.problem
    return None
