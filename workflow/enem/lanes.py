"""Do independent pieces of work in processes of their own."""

import ctypes
import multiprocessing
import os
import signal
import sys
import traceback
from collections import ChainMap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

from enem.errors import InputError


def side_by_side[T](works: Sequence[Callable[[], T]]) -> list[T]:
    """Run each piece in a process, at the same time, and return what they return.

    The processes are forked: they share what the present one has loaded, and `works` need not be
    sent to them.  They end when the present one does.  A single piece runs in the present process.

    Raises
    ------
    InputError
        That of a piece, or when a process ended without an answer, as one does that the system had
        no memory for.
    RuntimeError
        Any other error of a piece, with its traceback: only text crosses between processes safely.
    """
    if len(works) == 1:
        return [works[0]()]
    system = multiprocessing.get_context("fork")
    lanes, answers, parent = [], [], os.getpid()
    with _interrupted_only_after():
        for work in works:
            receiver, sender = system.Pipe(duplex=False)
            lanes.append(system.Process(target=_answer, args=(work, sender, parent), daemon=True))
            lanes[-1].start()
            sender.close()
            answers.append(receiver)
    found: list[T | Exception] = []
    for answer in answers:
        # nothing comes of a process that was killed; the others are waited for all the same
        with suppress(EOFError):
            found.append(answer.recv())
    for lane in lanes:
        lane.join()
    for error in (answer for answer in found if isinstance(answer, Exception)):
        raise error
    _refuse_early_end([lane.exitcode for lane in lanes])
    return found


@contextmanager
def _interrupted_only_after() -> Iterator[None]:
    """Put Ctrl-C off: Python loses one that comes while it forks."""
    caught: list[object] = []
    before = signal.signal(signal.SIGINT, lambda *received: caught.append(received))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if caught:
        raise KeyboardInterrupt


def _answer(work: Callable[[], object], answer: Connection, parent: int) -> None:
    # the terminal sends Ctrl-C to every process; the parent is the one that explains and ends all
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with(parent)
    try:
        found = work()
    except InputError as error:
        found = error
    except Exception:
        found = RuntimeError(f"A process of this job failed:\n{traceback.format_exc()}")
    answer.send(found)


PR_SET_PDEATHSIG = 1
"""Option of Linux's prctl(2): the signal that a process gets when its parent ends."""


def _end_with(parent: int) -> None:
    """End this process when its parent ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _end_without(parent)


def _end_without(parent: int) -> None:
    """End this process where its parent has ended: who is orphaned has nobody to work for."""
    if os.getppid() != parent:
        os._exit(1)


def _refuse_early_end(statuses: Sequence[int | None]) -> None:
    failed = [status for status in statuses if status]
    if failed:
        raise InputError(
            "A process of this job ended early, with status {status} (-9: the machine had no "
            "memory left); run again, with one core (--cores 1) if memory is short.",
            status=failed[0],
        )


def shared_out[T, R](things: Sequence[T], do: Callable[[T], R], lanes: int) -> list[R]:
    """Do something with every thing, each of `lanes` processes taking the next when it is free.

    Returns
    -------
    list
        What `do` returned, in the order of `things`.

    Raises
    ------
    InputError
        As `side_by_side`.
    """
    if not things:
        return []
    waiting, parent = _numbers_below(len(things)), os.getpid()

    def lane() -> dict[int, R]:
        return {number: do(things[number]) for number in _taken_from(waiting, parent)}

    try:
        found = ChainMap(*side_by_side([lane] * min(lanes, len(things))))
    finally:
        os.close(waiting)
    return [found[number] for number in range(len(things))]


NUMBER_SIZE = 2
"""Bytes of a number in a pipe, which holds 64 KiB: enough for 32,768 numbers."""


def _numbers_below(count: int) -> int:
    """Put numbers into a pipe, of which each can be read once, by whichever process asks first.

    Unlike a queue with a lock it can not be left locked by a process that is killed.
    """
    reader, writer = os.pipe()
    os.write(writer, b"".join(number.to_bytes(NUMBER_SIZE) for number in range(count)))
    os.close(writer)
    return reader


def _taken_from(reader: int, parent: int) -> Iterator[int]:
    while taken := os.read(reader, NUMBER_SIZE):
        # where the system has no way to end orphans, they end before their next piece
        if os.getpid() != parent:
            _end_without(parent)
        yield int.from_bytes(taken)
