"""Refusals and logs speak the language of the locale."""

import logging
import pickle
import re
import traceback

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from enem import ending
from enem.convert.csv_file import find_csv
from enem.convert.header import check_header
from enem.convert.release import convert_release
from enem.editions import edition_named
from enem.ending import failed
from enem.errors import InputError, in_full, joined, sentence
from enem.language.catalogue import translations
from enem.mixed.formula import parse_formula
from enem.mixed.priors import parse_priors
from enem.retrieve.formats import form_of
from enem.retrieve.local import locate
from enem.retrieve.verify import check_head
from enem.terminal import VARIABLES, translate_record
from inep_zip import csv_bytes, participants, write_zip
from terminal_texts import data_texts, log_texts, rule_texts
from test_config import load

PLACES = re.compile(r"%[sdgr%]")


@pytest.fixture
def locale(monkeypatch):
    """Set the variables of a locale, and no other."""

    def set_to(**variables):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_to


@pytest.fixture
def portuguese(locale):
    locale(LANG="pt_BR.UTF-8")


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
def test_the_language_is_that_of_the_locale(environment, said, locale):
    locale(**environment)
    with pytest.raises(InputError, match=said):
        load(states="Lisboa")


@pytest.mark.usefixtures("portuguese")
def test_a_refusal_is_portuguese_to_its_last_part():
    error = InputError(joined([sentence("There is no such edition."), sentence("{x}", x=3)]))
    assert str(error) == "Essa edição não existe. 3"
    unknown = "no text of the catalogue, {braces} and all"
    assert str(InputError(unknown)) == unknown


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1,234 rows: 12.5 s, mass 0.9 of 2019"),
        ("pt", "1.234 rows: 12,5 s, mass 0.9 of 2019"),
    ],
)
def test_numbers_of_prose_follow_the_language_and_those_of_settings_do_not(language, said, locale):
    locale(LANG=language)
    values = {"rows": in_full(1234), "seconds": np.float64(12.5), "mass": 0.9, "edition": 2019}
    made = sentence("{rows} rows: {seconds:,.1f} s, mass {mass} of {edition}", **values)
    assert str(made) == said


@pytest.mark.usefixtures("portuguese")
def test_a_refusal_is_portuguese_wherever_python_shows_it():
    error = pickle.loads(pickle.dumps(InputError(sentence("There is no such edition."))))
    shown = "Essa edição não existe."
    assert traceback.format_exception_only(error) == [f"enem.errors.InputError: {shown}\n"]
    assert f"{error}" == shown


@pytest.mark.usefixtures("portuguese")
def test_a_refusal_is_portuguese_in_a_notebook():
    cell = nbformat.v4.new_code_cell("import enem\nenem.model('score ~ renda')")
    notebook = NotebookClient(nbformat.v4.new_notebook(cells=[cell]), timeout=120)
    with pytest.raises(CellExecutionError) as caught:
        notebook.execute()
    assert caught.value.ename == "InputError"
    assert "que traz renda: use uma destas variáveis" in caught.value.evalue


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
@pytest.mark.usefixtures("portuguese")
def test_no_english_is_left_in_a_portuguese_refusal(changes):
    with pytest.raises(InputError) as caught:
        load(**changes)
    _assert_portuguese(caught.value)


@pytest.mark.parametrize(
    "refused",
    [
        lambda folder: locate(str(folder / "none.zip"), "2019"),
        lambda folder: find_csv(folder / "none.csv", "2019"),
        lambda folder: check_head(b"<html><title>Aviso</title>", str(folder)),
        lambda folder: form_of(_written(folder / "a.csv", b"PAR1")),
        lambda folder: _converted(folder, {"NU_NOTA_MT": "4,5"}),
        lambda folder: _converted(folder, {"Q006": "b"}),
        lambda _: check_header("a.csv", edition_named("2024"), ["NU_INSCRICAO"]),
        lambda _: parse_formula("score ~ log(income)", "formulas.mine"),
        lambda _: parse_formula("score ~ income * sex", "formulas.mine"),
        lambda _: parse_priors({"slope": {"family": "cauchy", "reason": "por quê"}}),
        lambda _: edition_named("1900"),
    ],
)
@pytest.mark.usefixtures("portuguese")
def test_no_english_is_left_in_what_reading_refuses(refused, tmp_path):
    with pytest.raises(InputError) as caught:
        refused(tmp_path)
    _assert_portuguese(caught.value)


def _written(path, data):
    path.write_bytes(data)
    return path


def _converted(folder, values):
    path = write_zip(folder / "microdados_enem_2019.zip", csv_bytes(participants({}, values)))
    convert_release(path, "2019", folder / "made.parquet", folder / "made.json")


def _assert_portuguese(error):
    words = re.sub(r"\S*/\S*|mean, ", "", str(error))
    assert not re.search(r"\b(the|must|which|key|it|is|or|has|with|of|in|write)\b", words), words


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


def test_a_limit_of_addresses_is_told_where_a_run_failed(monkeypatch):
    def limited(limit):
        monkeypatch.setattr(ending.resource, "getrlimit", lambda _: (limit, limit))
        return str(failed())

    assert "ulimit" not in limited(ending.resource.RLIM_INFINITY)
    assert "only 1.5 GB of addresses" in limited(1_500_000_000)
