"""Answers of a server that are not the file that was asked for."""

import math
from typing import NoReturn

import requests
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from enem.errors import InputError, Sentence, sentence
from enem.retrieve.failures import Interrupted

BUSY = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP statuses that may pass by themselves."""

LONGEST_ASKED = 3600.0
"""Seconds that a server may ask to wait; whoever must wait longer is better off knowing."""


def refuse_answer(response: requests.Response, url: str, remedy: Sentence) -> NoReturn:
    """Refuse an answer without the file.

    Raises
    ------
    Interrupted
        When another one may come later.
    InputError
        When none will, or not soon.
    """
    answer: Sentence | str = f"HTTP {response.status_code} ({response.reason})"
    asked = _asked_to_wait(response)
    if asked > LONGEST_ASKED:
        answer = sentence(
            "{answer} and asks to wait {asked:,.0f} s; run the same command again after that",
            answer=answer,
            asked=asked,
        )
    elif response.status_code in BUSY:
        raise Interrupted("the server answered {answer}", answer=answer, wait=asked)
    raise InputError(
        "{url} cannot be downloaded: the server answered {answer}. {remedy}",
        url=url,
        answer=answer,
        remedy=remedy,
    )


def _asked_to_wait(response: requests.Response) -> float:
    try:
        return Retry(retry_after_max=math.inf).parse_retry_after(
            response.headers.get("Retry-After", "0")
        )
    except InvalidHeader:
        return 0.0


def refuse_coding(response: requests.Response, url: str, remedy: Sentence) -> None:
    """Refuse an answer whose bytes are not those of the file.

    Raises
    ------
    InputError
        With the name of the coding.
    """
    coding = response.headers.get("Content-Encoding", "identity")
    if coding.strip().lower() not in ("", "identity"):
        raise InputError(
            "{url} cannot be downloaded: what the server sends is encoded as {coding!r} "
            "(Content-Encoding), although the file itself was asked for, so neither its size "
            "nor where to go on after a break is known. {remedy}",
            url=url,
            coding=coding,
            remedy=remedy,
        )
