"""One catalogue: every sentence that is said has a Portuguese, and no entry is dead."""

import ast
import re
from collections import Counter
from functools import cache
from itertools import chain
from string import Formatter

import pytest
import yaml
from jinja2 import Environment

from enem.language import as_written, language, named, words_of
from enem.language.catalogue import FOLDER, PORTUGUESE, in_portuguese, names, translations
from enem.language.phrases import PERCENT, Message, Number, Verbatim, wages_code
from terminal_texts import data_texts, log_texts, rule_texts

LIBRARY = FOLDER.parent
CONFIG = LIBRARY.parents[1] / "config.yaml"
SAY = {"say", "say_once", "message", "Message", "in_portuguese", "sentence"}
PAGED = {"report", "figures", "atlas", "language"}
"""Rooms of the library whose sentences are read on a page."""
WORDLESS = re.compile(r"{.*?}")
REFUSE = {"sentence", "InputError"}
"""What a refusal is made by, besides the errors that end up in one."""


def entries():
    return [entry for entry in translations() if entry.id]


@cache
def nodes():
    """Every node of the library's syntax trees, with its file."""
    paths = LIBRARY.rglob("*.py")
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    return [(path, node) for path, tree in trees.items() for node in ast.walk(tree)]


@cache
def refusing():
    """Names by which a refusal is made: `sentence`, and errors whose message is translated."""
    classes = [node for _, node in nodes() if isinstance(node, ast.ClassDef)]
    return REFUSE | {c.name for c in classes if "TranslatedError" in map(_name, c.bases)}


@cache
def literals():
    """Strings of the code and of the templates, by whether they are said."""
    said, others = {}, set()
    says = SAY | refusing()
    for path, node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            others.add(node.value)
        if isinstance(node, ast.Call) and _name(node.func) in says and node.args:
            said |= dict.fromkeys(_choices(node.args[0]), path)
    for path in LIBRARY.rglob("*.jinja"):
        text = path.read_text(encoding="utf-8")
        said |= dict.fromkeys(re.findall(r'\bsay(?:_once)?\("([^"]+)"[,)]', text), path)
    return said, others | of_templates()


def of_templates():
    """Strings of the templates."""
    texts = [path.read_text(encoding="utf-8") for path in LIBRARY.rglob("*.jinja")]
    tokens = [token for text in texts for token in Environment().lex(text)]
    return {value[1:-1] for _, kind, value in tokens if kind == "string"}


def paged():
    """Entries of the catalogue that pages, figures and the atlas may show."""
    shown = {*of_templates(), *names().values(), *config_sentences()}
    for path, node in nodes():
        if path.relative_to(LIBRARY).parts[0] in PAGED and isinstance(node, ast.Constant):
            shown.add(node.value)
    return [entry for entry in entries() if entry.id in shown]


def _name(node):
    return getattr(node, "id", getattr(node, "attr", ""))


def _choices(node):
    if isinstance(node, ast.IfExp):
        return _choices(node.body) + _choices(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) else []


def config_sentences():
    settings = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    return {p["reason"] for name, p in settings["priors"].items() if name != "correlation"}


def test_every_sentence_that_is_said_is_translated():
    said, _ = literals()
    assert len(said) > 200
    missing = {}
    # of what only joins others there is nothing to translate
    spoken = {key: path for key, path in said.items() if re.search("[a-z]", WORDLESS.sub("", key))}
    for key, path in spoken.items():
        try:
            in_portuguese(key)
        except KeyError:
            missing[key] = path.name
    assert missing == {}
    for code in names():
        assert in_portuguese(code), code
    assert all(map(in_portuguese, config_sentences()))


def test_no_refusal_is_put_together_before_it_is_translated():
    made = [
        (path.name, node.lineno, node.args[0])
        for path, node in nodes()
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in refusing() and node.args
    ]
    assert len(made) > 150
    composed = (ast.JoinedStr, ast.BinOp)
    assert [each[:2] for each in made if isinstance(each[2], composed)] == []


def test_no_entry_is_dead():
    said, others = literals()
    shown = log_texts() | data_texts() | rule_texts()
    used = set(said) | others | set(names().values()) | config_sentences() | shown
    assert [entry.id for entry in entries() if entry.id not in used] == []
    starts = {text.split(".")[0] for text in others} | {key.split(".")[0] for key in said}
    assert [code for code in names() if code.split(".")[0] not in starts] == []


def test_both_languages_have_the_same_placeholders():
    for entry in entries():
        found = [
            Counter(place[1:] for place in Formatter().parse(text) if place[1] is not None)
            for text in (entry.id, entry.string)
        ]
        assert set(found[0]) == set(found[1]), entry.id
        assert entry.string.strip(), entry.id


def test_no_sentence_stands_twice():
    text = PORTUGUESE.read_text(encoding="utf-8")
    blocks = re.findall(r'((?:msgctxt .*\n)?msgid (?:"[^\n]*"\n)+)', text)
    assert [block for block, count in Counter(blocks).items() if count > 1] == []
    codes = re.findall(r"^([\w.]+):", (FOLDER / "names.yaml").read_text("utf-8"), re.MULTILINE)
    assert [code for code, count in Counter(codes).items() if count > 1] == []


NOUNS = "participants|people|schools|groups|municipalities|rows|scores|trainees|editions|analyses|"
NOUNS += "students|chains|steps|draws|effects|checks|wages"
COUNTED = re.compile(
    rf"{{(\w+)}} (?:<\w+>)?(?:[a-z-]+ )?(?:{NOUNS}|exceed)\b"
    r"|{(\w+)} of (?:the )?{\w+}[^.;:({]* (?:exceed|are|have)\b"
)
"""A number, then a noun or a verb of several."""
NEVER_ONE = {
    "smallest": "where one participant is enough, nothing is hidden or said to be",
    "participants": "a threshold of the checks, or all who are analysed",
    "rows": "lines of a file of INEP's, of which one is no analysis",
    "chains": "the settings ask for two or more",
    "tune": "the settings ask for a hundred or more",
    "draws": "the settings ask for a hundred or more",
    "ess": "a threshold of hundreds",
    "n_few": "a size that the study of estimators draws",
    "n": "a size that the study of estimators draws",
    "judged": "no model has a single check",
    "municipalities": "fewer than three are not compared",
    "few": "points of a bin",
    "present": "all of a state who sat the exams",
    "expected": "all rows of the country",
    "wages": "has words of its own for one",
}
"""Why a placeholder before a plural is never 1; what can be is counted after a colon."""
NAMES = {"network", "other", "mass"}
"""Placeholders of words and of percentages."""


def test_a_sentence_does_not_count_one_as_several():
    counted = {
        name: entry.id
        for entry in paged()
        for name in filter(None, chain(*COUNTED.findall(entry.id)))
    }
    assert {
        name: said for name, said in counted.items() if name not in NAMES | set(NEVER_ONE)
    } == {}
    assert set(counted) == NAMES | set(NEVER_ONE)
    for code, said in (("pt", ("salário mínimo", "salário mínimo", "salários mínimos")),
                       ("en", ("minimum wage", "minimum wages", "minimum wages"))):  # fmt: skip
        forms = [Message(wages_code(n), {"wages": Number(n, "s", "0.#")}) for n in (1, 1.5, 2)]
        assert tuple(language(code).plain(form).partition(" ")[2] for form in forms) == said


def test_a_sentence_without_a_translation_is_refused():
    with pytest.raises(KeyError, match=r"has no Portuguese: give pt_BR\.po an entry"):
        language("en").plain(Message("Nobody wrote this."))


def test_words_without_income_stand_for_others_where_there_is_none():
    with words_of(income=False):
        without = language("pt").sentence("question")
    assert without == in_portuguese("question.no_income") != language("pt").sentence("question")


def test_one_english_word_for_two_has_a_translation_each():
    assert language("en").sentence("school.estadual") == "State"
    assert language("pt").sentence("school.estadual") == "Estadual"
    assert language("pt").sentence("State") == "Estado"


def test_names_and_settings_that_nobody_translated_are_shown_as_they_are():
    assert named("model", "mine") == Verbatim("mine")
    assert as_written("a <b>reason</b> of {mine}") == Verbatim("a <b>reason</b> of {mine}")
    assert all(isinstance(as_written(each), Message) for each in config_sentences())


@pytest.mark.parametrize(
    ("value", "pattern", "portuguese", "english"),
    [
        (12345.67, "#,##0.0", "12.345,7", "12,345.7"),
        (-0.001, "0.00", "0,00", "0.00"),
        (-3.14, "0.00", "−3,14", "−3.14"),
        (0.3386, PERCENT, "34%", "34%"),
        (0.9949, PERCENT, "99%", "99%"),
        (0.995, PERCENT, "99,5%", "99.5%"),
        (2004 / 2006, PERCENT, "99,9%", "99.9%"),
        (0.99996, PERCENT, "99,996%", "99.996%"),
        (1.0, PERCENT, "100%", "100%"),
        (1.3e-13, "0.0E0", "1,3\xa0×\xa010⁻¹³", "1.3\xa0×\xa010⁻¹³"),
    ],
)
def test_numbers_follow_the_language(value, pattern, portuguese, english):
    number = Number(value, "source", pattern)
    assert language("pt").number(number) == portuguese
    assert language("en").number(number) == english
