"""What the pages of the documentation take from the code when they are built."""

import ast
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
INCLUDE = re.compile(r"<!-- include (\S+) -->")
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|#)([^)#]*)(?:#[^)]*)?\)")
DOCS = ROOT / "docs"
LIBRARY = ROOT / "workflow/enem"

LIMITS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
}


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Fill in tables of the schema and of the library's rooms, and READMEs of other folders."""
    filled = markdown.replace("<!-- schema -->", schema_table())
    filled = filled.replace("<!-- rooms -->", rooms_table())
    filled = INCLUDE.sub(lambda found: (ROOT / found[1]).read_text(encoding="utf-8"), filled)
    folder = (DOCS / page.file.src_uri).parent
    # links into the repository, which the site does not have, become text
    return LINK.sub(lambda link: link[0] if _is_page(folder / link[2]) else link[1], filled)


def _is_page(path: Path) -> bool:
    return path.is_file() and path.resolve().is_relative_to(DOCS)


def schema_table() -> str:
    """Return a Markdown table of every key: its type or choices, and its limits."""
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    rows = [f"| `{key}` | {_allowed(entry)} |" for key, entry in _keys(schema)]
    return "\n".join(["| key | allowed |", "|---|---|", *rows])


def rooms_table() -> str:
    """Return a Markdown table of the library's packages and modules, with what each is for."""
    files = [*LIBRARY.glob("*/__init__.py"), *LIBRARY.glob("[a-z]*.py")]
    rows = []
    for path in sorted(files):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        name = path.parent.name + "/" if path.name == "__init__.py" else path.name
        rows.append(f"| `{name}` | {said.partition(chr(10))[0]} |")
    return "\n".join(["| `workflow/enem/` | |", "|---|---|", *rows])


def _keys(node: dict[str, Any], prefix: str = "") -> Any:
    for name, entry in node["properties"].items():
        if "properties" in entry and name not in ("family", "reason"):
            if "family" in entry["properties"]:
                yield f"{prefix}{name}", {"type": "prior: family, its numbers, reason"}
            else:
                yield from _keys(entry, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", entry


def _allowed(entry: dict[str, Any]) -> str:
    if "items" in entry:
        return f"{_allowed(entry['items'])} (one or several)"
    if "enum" in entry:
        return ", ".join(f"`{choice}`" for choice in entry["enum"])
    kind = entry.get("type", "any")
    kinds = " or ".join(kind) if isinstance(kind, list) else kind
    limits = [text.format(entry[name]) for name, text in LIMITS.items() if name in entry]
    return ", ".join([kinds, *limits])
