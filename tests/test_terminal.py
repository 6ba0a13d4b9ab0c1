"""Refusals and logs speak the language of the locale."""

import logging
import re

import pytest

from enem.errors import InputError, joined, sentence
from enem.language.catalogue import translations
from enem.terminal import explained, translate_record, translator
from terminal_texts import data_texts, log_texts, rule_texts
from test_config import load

PLACES = re.compile(r"%[sdgr%]")


@pytest.fixture
def portuguese(monkeypatch):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "pt_BR.UTF-8")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "no state"),
        ({"LANG": "C.UTF-8"}, "no state"),
        ({"LANG": "en_US.UTF-8"}, "no state"),
        ({"LANG": "pt_BR.UTF-8"}, "não é um estado"),
        ({"LANG": "pt_BR.UTF-8", "LC_ALL": "C"}, "no state"),
        ({"LANG": "C", "LANGUAGE": "pt_BR:en"}, "não é um estado"),
    ],
)
def test_the_language_is_that_of_the_locale(environment, said):
    with pytest.raises(InputError) as caught:
        load(states="Lisboa")
    assert said in caught.value.translated(translator(environment))


@pytest.mark.usefixtures("portuguese")
def test_a_refusal_is_portuguese_to_its_last_part():
    error = InputError(joined([sentence("There is no such edition."), sentence("{x}", x=3)]))
    assert explained(error) == "Essa edição não existe. 3"
    assert explained(InputError("no text of the catalogue, {braces} and all")) == (
        "no text of the catalogue, {braces} and all"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"interval__mass": 90},
        {"editions": 2008},
        {"models": "school_types"},
        {"editions": 2024, "models": "pooled", "models_without_income": []},
        {"wide": {}},
        {"report__each_state": "perhaps"},
    ],
)
def test_no_english_is_left_in_a_portuguese_refusal(changes):
    with pytest.raises(InputError) as caught:
        load(**changes)
    said = caught.value.translated(translator({"LANG": "pt_BR"}))
    assert not re.search(r"\b(the|must|which|mean|key|it|is|or)\b", said.replace("mean, ", "")), (
        said
    )


def test_what_data_holds_is_translated():
    known = {entry.id for entry in translations()}
    assert (data_texts() | rule_texts()) - known == set()


def test_every_log_line_is_translated_with_its_values_in_their_order():
    assert len(log_texts()) > 20
    missing = {text for text in log_texts() if translations().get(text) is None}
    assert missing == set()
    for text in log_texts():
        assert PLACES.findall(translations().get(text).string) == PLACES.findall(text), text


@pytest.mark.usefixtures("portuguese")
def test_a_log_line_is_written_in_the_language_of_the_terminal(caplog):
    caplog.handler.addFilter(translate_record)
    logging.getLogger("enem.test").warning("%s rows converted from %s", "12", "a.csv")
    logging.getLogger("enem.test").warning("%s: %s", "100%", "x")
    assert [record.getMessage() for record in caplog.records] == [
        "12 linhas convertidas de a.csv",
        "100%: x",
    ]
