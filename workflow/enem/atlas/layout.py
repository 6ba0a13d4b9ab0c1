"""Where each state stands in the tile map: column and row, from the north-west."""

GRID = (
    ".. RR .. AP .. ..",
    ".. AM PA MA CE RN",
    "AC RO TO PI PE PB",
    ".. MT GO BA SE AL",
    ".. MS DF MG ES ..",
    ".. .. SP RJ .. ..",
    ".. .. PR .. .. ..",
    "BR .. SC .. .. ..",
    ".. .. RS .. .. ..",
)
"""Neighbours stay neighbours where a grid allows it; BR, the whole country, stands apart."""

TILES = {
    name: (column, row)
    for row, line in enumerate(GRID)
    for column, name in enumerate(line.split())
    if name != ".."
}
COLUMNS, ROWS = len(GRID[0].split()), len(GRID)
