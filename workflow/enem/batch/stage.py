"""Run a stage for every place, keeping what is up to date."""

import json
import logging
import traceback
from collections import ChainMap, Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from enem.atomic import replacing
from enem.batch.places import Place
from enem.batch.record import Record, content_digest, read_record
from enem.errors import InputError
from enem.lanes import side_by_side
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
        lanes: Sequence[Sequence[Task]],
        perform: Callable[[Place], None],
        receipt: Path,
    ) -> None:
        """Perform each task that is not up to date.

        A user's mistake (`InputError`) is recorded and stops only what follows from it at that
        place, which `enem.batch.collect` tells the user.

        Parameters
        ----------
        lanes
            Tasks, one a place: those of a lane are done one after the other, the lanes at the
            same time in processes of their own.
        perform
            Makes the outputs of the task at a place.
        receipt
            JSON to write at the end: how the task at each place ended.

        Raises
        ------
        InputError
            After all tasks, when some broke for another reason; they are tried again next time.
        """
        settings = settings_digest(self.settings)
        works = [partial(self._settle_all, lane, settings, perform) for lane in lanes if lane]
        ended = dict(ChainMap(*side_by_side(works))) if works else {}
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

    def _settle_all(
        self, tasks: Iterable[Task], settings: str, perform: Callable[[Place], None]
    ) -> dict[str, str]:
        return {task.place.name: self._settle(task, settings, perform) for task in tasks}

    def _settle(self, task: Task, settings: str, perform: Callable[[Place], None]) -> str:
        path = task.place.record(self.name)
        inherited = first_problem(task.after)
        if inherited:
            Record("", inherited).write(path)
            return REFUSED
        made_from = content_digest(settings, task.inputs)
        known = read_record(path)
        if known and known.made_from == made_from and known.problem:
            return REFUSED
        if known and known.made_from == made_from and all(p.is_file() for p in task.outputs):
            return KEPT
        path.unlink(missing_ok=True)
        return self._perform(task.place, made_from, perform)

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
