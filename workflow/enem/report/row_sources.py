"""Sources of numbers in tables, said once a row."""

import re
from collections import Counter

ROW = re.compile(r"<tr((?: class=\"\w+\")?)>(.*?)</tr>", re.DOTALL)
SOURCE = re.compile(r' data-source="([^"]*)"')


def share_row_sources(html: str) -> str:
    """Put what most sources of a row's numbers begin with on the row, as ``data-within``.

    A source that begins with ``~`` goes on from the row's ``data-within``; others are whole.
    """
    return ROW.sub(_shared, html)


def _shared(row: re.Match[str]) -> str:
    begun = Counter(source.rpartition(":")[0] + ":" for source in SOURCE.findall(row[2]))
    if not begun or max(begun.values()) < 2:
        return row[0]
    within = begun.most_common(1)[0][0]
    cells = row[2].replace(f' data-source="{within}', ' data-source="~')
    return f'<tr{row[1]} data-within="{within}">{cells}</tr>'
