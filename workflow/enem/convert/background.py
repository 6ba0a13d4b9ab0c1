"""Run an iterator or a function ahead of its consumer, in order and with bounded memory."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import repeat, takewhile

_END = object()


def prefetched[T](items: Generator[T], ahead: int) -> Generator[T]:
    """Yield `items`, up to `ahead` of which a background thread has made beforehand.

    The thread ends, and `items` is closed, with the generator: when it is exhausted, closed, or
    raises what `items` raised.
    """
    with (
        closing(items),
        closing(mapped(lambda _: next(items, _END), repeat(None), ahead + 1)) as made,
    ):
        yield from takewhile(lambda item: item is not _END, made)


def mapped[T, R](function: Callable[[T], R], items: Iterable[T], ahead: int) -> Generator[R]:
    """Yield ``function(item)`` for each item, in order, computed by another thread.

    At most `ahead` items are taken before the result of the first of them is asked for, so
    memory does not grow with the number of items.
    """
    pool = ThreadPoolExecutor(max_workers=1)
    pending: deque[Future[R]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) >= ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
