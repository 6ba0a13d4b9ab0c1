"""Every text that a terminal or a log shows, read from the code and the data that hold it."""

import ast
import re
from functools import cache

from enem.batch.stage import COUNTED
from enem.config.schema import GONE, RULES
from enem.editions import refusals, why_no_income
from enem.mixed.syntax import REFUSED
from made import REPOSITORY

LEVELS = {"info", "warning", "error"}


@cache
def log_texts() -> set[str]:
    """Texts of log lines, as `logging` has them, but for those that are values alone."""
    found = set()
    for folder in ("enem", "scripts"):
        for path in (REPOSITORY / "workflow" / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            constants = {
                node.targets[0].id: node.value.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and isinstance(node.value, ast.Constant)
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in LEVELS:
                    text = node.args[0] if node.args else None
                    named = constants.get(getattr(text, "id", None))
                    found.add(text.value if isinstance(text, ast.Constant) else named)
    return {text for text in found if text and re.search("[a-z]{3}", text)}


def rule_texts() -> set[str]:
    """Messages of rules, and what stands in them for states."""
    rules = [*(REPOSITORY / "workflow/rules").glob("*.smk"), REPOSITORY / "workflow/Snakefile"]
    texts = "\n".join(path.read_text(encoding="utf-8") for path in rules)
    found = re.findall(r'message:\n +(?:\(\s*)?said\(\s*"([^"]*)"\s*\)', texts)
    assert len(found) == texts.count("message:\n")
    return {"all states", *found}


def data_texts() -> set[str]:
    """Texts that sentences take from tables of the library."""
    reasons = {each.values["reason"].text for each in refusals().values()}
    formulas = {problem for _, problem in REFUSED}
    tables = {*RULES.values(), *GONE.values(), *COUNTED.values()}
    return {*tables, *reasons, *formulas, why_no_income().text}
