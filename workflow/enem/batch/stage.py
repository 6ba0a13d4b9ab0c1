"""Run a stage for every place, keeping what is up to date."""

import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from enem.atomic import NotWrittenError
from enem.batch.chunk import Chunk
from enem.batch.places import Place
from enem.batch.record import Record, content_digest, contents, read_record
from enem.errors import InputError, joined, sentence
from enem.lanes import shared_out
from enem.provenance import settings_digest

logger = logging.getLogger("enem")
MADE, KEPT, REFUSED, BROKEN = "made", "kept", "refused", "broken"
COUNTED = {name: f"{{n}} {name}" for name in (MADE, KEPT, REFUSED, BROKEN)}
"""How many tasks ended in each way, in words that the catalogue has."""


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
    own
        What else its outputs depend on and those of other places need not: a model's formula.
    """

    place: Place
    inputs: Sequence[Path]
    outputs: Sequence[Path]
    after: Sequence[Path]
    own: str = ""


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
        chunk: Chunk,
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
        chunk
            The states; how the task at each place ended is written at the end.
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
        waiting = [(task, made_from) for task, how, made_from in looked_at if not how]
        if waiting:
            perform = ready()
            with threadpool_limits(1):  # matrices are small, and lanes are what runs side by side
                settled = shared_out(waiting, lambda each: self._perform(*each, perform), lanes)
            ended |= {task.place.name: how for (task, _), how in zip(waiting, settled, strict=True)}
        self._report(ended)
        chunk.write({task.place.name: ended[task.place.name] for task, *_ in looked_at})

    def _report(self, ended: Mapping[str, str]) -> None:
        counts = Counter(ended.values())
        told = [sentence(COUNTED[how], n=n) for how, n in counts.items()]
        logger.info("%s: %s", self.name, joined(told, ", "))
        if counts[BROKEN]:
            names = ", ".join(name for name, how in ended.items() if how == BROKEN)
            raise InputError(
                "{stage} broke at {names}; the errors stand above in this log. What is "
                "finished is kept: mend the cause and run again.",
                stage=self.name,
                names=names,
            )

    def _look_at(self, task: Task, settings: str) -> tuple[str | None, str]:
        """How a task ended before, if it did, and what its outputs are to be made from."""
        path = task.place.record(self.name)
        inherited = first_problem(task.place, task.after, task.inputs)
        if inherited:
            Record("", inherited).write(path)
            return REFUSED, ""
        made_from = content_digest(settings + task.own, task.inputs)
        known = read_record(path)
        if known and known.made_from == made_from and known.problem:
            return REFUSED, made_from
        if known and known.made_from == made_from and self._is_sound(known, task):
            return KEPT, made_from
        path.unlink(missing_ok=True)
        return None, made_from

    def _is_sound(self, record: Record, task: Task) -> bool:
        lost = record.lost(by_content=True)
        for name in lost:
            logger.warning("%s is gone or no longer what %s made: made again.", name, self.name)
        return not lost and record.made.keys() == set(map(str, task.outputs))

    def _perform(self, task: Task, made_from: str, perform: Callable[[Place], None]) -> str:
        place, record, begun = task.place, task.place.record(self.name), time.monotonic()
        try:
            perform(place)
            Record(made_from, None, contents(task.outputs)).write(record)
            took = sentence("{seconds:.1f}", seconds=time.monotonic() - begun)
            logger.info("%s: %s took %s s", self.name, place.name, took)
        except NotWrittenError as error:  # nothing that is wrong with this place
            logger.error("%s: %s", place.name, error)
            return BROKEN
        except InputError as error:
            logger.error("%s: %s", place.name, error)
            Record(made_from, str(error)).write(record)
            return REFUSED
        except Exception:  # one broken analysis must not cost the others
            logger.error("%s: %s", place.name, traceback.format_exc())
            return BROKEN
        return MADE


def first_problem(place: Place, records: Iterable[Path], wanted: Iterable[Path]) -> str | None:
    """Return the first problem that earlier stages recorded; refuse what is lost of theirs.

    Parameters
    ----------
    place
        In the state of the records.
    records
        Of earlier stages.
    wanted
        Files to be read; those of other origin pass.

    Raises
    ------
    InputError
        When a record is missing, so an earlier stage has not run here, or a file is gone or no
        longer holds what was made; the next run makes it.
    """
    names = set(map(str, wanted))
    for path in records:
        record = read_record(path)
        if record is None:
            raise _to_be_made_again(place, path, path.stem)
        if record.problem:
            return record.problem
        for name in names.intersection(record.lost(by_content=True)):
            raise _to_be_made_again(place, Path(name), path.stem)
    return None


def _to_be_made_again(place: Place, lost: Path, stage: str) -> InputError:
    """Let a stage not be through with a state, so that the next run does what is lost again."""
    place.ended(stage).unlink(missing_ok=True)
    return InputError(
        "{lost} is gone or no longer what {stage} made. Run the same command again: it is "
        "made again, and nothing else.",
        lost=lost,
        stage=stage,
    )
