"""Sources of numbers in tables, said once a row, and their file once a table."""

import re
from collections import Counter
from collections.abc import Callable


def share_row_sources(html: str) -> str:
    """Put what most sources of a row's numbers begin with on the row, and most rows' file above.

    ``data-source`` that begins with ``~`` goes on from its row's ``data-within``, and that from
    its table's; others are whole.
    """
    for tag, attribute, begins in (("tr", "source", '[^"]*:'), ("table", "within", '[^:~"]*:')):
        element = re.compile(rf"<{tag}([^>]*)>(.*?)</{tag}>", re.DOTALL)
        html = element.sub(_sharing(tag, f"data-{attribute}", begins), html)
    return html


def _sharing(tag: str, attribute: str, begins: str) -> Callable[[re.Match[str]], str]:
    begun = re.compile(rf' {attribute}="({begins})')

    def shared(element: re.Match[str]) -> str:
        found = Counter(begun.findall(element[2]))
        if not found or max(found.values()) < 2:
            return element[0]
        within = found.most_common(1)[0][0]
        inside = element[2].replace(f' {attribute}="{within}', f' {attribute}="~')
        return f'<{tag}{element[1]} data-within="{within}">{inside}</{tag}>'

    return shared
