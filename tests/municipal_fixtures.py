"""Made tables of municipalities."""

import pandas as pd


def write_municipal(folder):
    """Write two slopes that differ, and four municipalities of which one is small."""
    folder.mkdir()
    facts = {"municipalities": 4, "participants": 4569, "left_out": 11, "unit": "points"}
    numbers = [(11.61, 0.82, 10.26, 12.96), (22.09, 10.91, 4.14, 40.04)]
    slopes = pd.DataFrame(numbers, columns=["mean", "sd", "interval_low", "interval_high"])
    slopes = slopes.assign(**facts, definition="of <b>places</b>")
    slopes.insert(0, "slope", ["individual", "municipal"])
    slopes.insert(1, "basis", ["individual", "ecological"])
    slopes.to_csv(folder / "slopes.csv", index=False)
    places = pd.DataFrame({"municipality": [1200013, 1200104, 1200203, 1200252]})
    places = places.assign(participants=400, incomes_known=390, basis="ecological")
    places["municipality_income"] = [-1.2, -0.9, -0.3, 0.1]
    places["municipality_income_sd"] = 1.2
    places["n"] = [51, 101, 691, 5]
    places["mean_score"] = [476.3, 484.6, 502.1, None]
    places.to_csv(folder / "municipalities.csv", index=False)
