"""Do independent pieces of work in processes of their own."""

import multiprocessing
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from enem.errors import InputError


def side_by_side[T](works: Sequence[Callable[[], T]]) -> list[T]:
    """Run each piece in a process, at the same time, and return what they return.

    The processes are forked: they share what the present one has loaded, and `works` need not be
    sent to them.  A single piece runs in the present process.

    Raises
    ------
    InputError
        When a process ended without an answer, as one does that the system had no memory for.
    """
    if len(works) == 1:
        return [works[0]()]
    system = multiprocessing.get_context("fork")
    lanes, answers = [], []
    for work in works:
        receiver, sender = system.Pipe(duplex=False)
        lanes.append(system.Process(target=_answer, args=(work, sender), daemon=True))
        lanes[-1].start()
        sender.close()
        answers.append(receiver)
    found: list[T] = []
    for answer in answers:
        # nothing comes of a process that was killed; the others are waited for all the same
        with suppress(EOFError):
            found.append(answer.recv())
    for lane in lanes:
        lane.join()
    _refuse_early_end([lane.exitcode for lane in lanes])
    return found


def _answer(work: Callable[[], object], answer: Connection) -> None:
    answer.send(work())


def _refuse_early_end(statuses: Sequence[int | None]) -> None:
    failed = [status for status in statuses if status]
    if failed:
        raise InputError(
            f"A process of this job ended early, with status {failed[0]}; if it is -9 the machine "
            "had no memory left. What is finished is kept: run again, with one core (--cores 1) "
            "if memory is short."
        )


def dealt[T](things: Sequence[T], lanes: int) -> list[list[T]]:
    """Deal things to lanes back and forth, so that each gets small and large ones alike."""
    rounds = [*range(lanes), *reversed(range(lanes))]
    hands: list[list[T]] = [[] for _ in range(lanes)]
    for number, thing in enumerate(things):
        hands[rounds[number % len(rounds)]].append(thing)
    return hands
