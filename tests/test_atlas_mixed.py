"""An atlas of editions of which some hold income beside scores and some do not."""

import json

import numpy as np
import pandas as pd
import pytest

from enem.atlas.analyses import asked
from enem.atlas.evidence import gap_variances, raw_contrast
from enem.atlas.measures import measures_of
from enem.atlas.page import build_atlas
from enem.mixed.priors import parse_priors
from enem.tabulate.grid import CellGrid
from report_fixtures import shipped_formulas
from test_atlas import Page, numbers, settings, share_rows, shares_of

MODELS = {"2023": "school_type", "2024": "school_type_means"}
COUNTS = {"federal": 0, "estadual": 200, "municipal": 3, "privada": 50}
RAW = {("2023", "AC"): 70.0, ("2023", "RS"): 74.0, ("2024", "AC"): 81.0, ("2024", "RS"): 85.0}


def mixed():
    made = settings(editions=list(MODELS), states=["AC", "RS"])
    models_of = {edition: [model] for edition, model in MODELS.items()}
    formulas = shipped_formulas(list(MODELS.values()))
    return made | {"models_of": models_of, "formulas": formulas}


def write(results, edition, state):
    folder, model = results / edition / state, MODELS[edition]
    brackets = {"A": -1.0, "B": 0.5} if edition == "2023" else {"-": None}
    cells = [(g, b, n // len(brackets), 500.0, 9.0) for g, n in COUNTS.items() for b in brackets]
    of_model = folder / "mean" / model
    of_model.mkdir(parents=True)
    names = ["school_type", "income_bracket", "n", "mean", "ss"]
    pd.DataFrame(cells, columns=names).to_csv(folder / "mean/cells.csv", index=False)
    income = pd.DataFrame({"income_bracket": list(brackets), "x": list(brackets.values())})
    income.to_csv(folder / "income.csv", index=False)
    parameters = [f"intercept[{g}]" for g in COUNTS] + [f"slope[{g}]" for g in COUNTS]
    parameters = parameters if edition == "2023" else parameters[:4]
    summary = [
        {"parameter": p, **numbers(500.0, 2.0), "r_hat": 1.0, "n": COUNTS[p.split("[")[1][:-1]]}
        for p in parameters
    ]
    pd.DataFrame(summary).to_csv(of_model / "summary.csv", index=False)
    raw = RAW[edition, state]
    values = {"raw_gap": raw}
    if edition == "2023":
        values |= {"gap_at_equal_income": raw - 25, "slope": 14.0}
    rows = [
        {
            "effect": effect,
            "group": "estadual" if effect == "slope" else "all",
            "contrast": "twice the income" if effect == "slope" else "privada - estadual",
            "scope": scope,
            "unit": "points",
            **numbers(value, 3.0 if scope == "schools_like_these" else 2.0),
            "definition": "a",
        }
        for effect, value in values.items()
        for scope in ("schools_like_these", "these_schools")
    ]
    rows += share_rows(20)
    pd.DataFrame(rows).to_csv(of_model / "effects.csv", index=False)
    check = {"name": "r_hat", "passed": True, "value": 1.0, "threshold": 1.01, "message": "Fine."}
    (of_model / "checks.json").write_text(json.dumps({"passed": True, "checks": [check]}))
    flow = pd.DataFrame(
        [("file", 1000, 0), ("present", 253, 1)], columns=["step", "rows", "excluded"]
    )
    flow.assign(outcome="mean").to_csv(folder / "sample_flow.csv", index=False)
    (folder / "report.html").write_text("<title>report</title>")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    results = tmp_path_factory.mktemp("mixed") / "results"
    for edition, state in RAW:
        write(results, edition, state)
    build_atlas(results, asked(mixed()), mixed(), results / "atlas")
    return results / "atlas"


def test_the_raw_gap_compares_all_editions():
    found = measures_of(mixed())
    shares = [name for name, *_ in shares_of("")]
    gaps = ["slope", "gap", "federal_gap"]
    assert [m.name for m in found] == [*gaps, "raw_gap", *shares]
    assert [found[3].model_in(edition) for edition in MODELS] == list(MODELS.values())
    without = mixed() | {"editions": ["2023"], "models_of": {"2023": ["school_type"]}}
    assert [m.name for m in measures_of(without)] == [*gaps, *shares]


def test_it_is_pooled_over_states_and_editions(built):
    pooled = pd.read_csv(built / "pooled.csv", dtype={"edition": str})
    raw = pooled[pooled["measure"] == "raw_gap"].set_index(["edition", "state"])
    assert set(raw.index) == set(RAW)
    assert raw["mean"].to_dict() == pytest.approx(RAW)
    assert set(pooled.loc[pooled["measure"] == "gap", "edition"]) == {"2023"}


def test_variance_is_split_with_and_without_income(built):
    sources = [source for source, *_ in Page(built / "index.html").data]
    for edition, model in MODELS.items():
        where = f"effects.csv:edition={edition};state=RS;outcome=mean;model={model};"
        where += "effect=share_between_schools;"
        assert any(source.startswith(where) for source in sources)


def test_the_page_states_what_an_edition_lacks(built):
    page = Page(built / "index.html")
    assert "So no number that needs income is given of them. (2024)" in page.said("en")
    assert "Private and state schools: the raw difference" in page.said("en")
    assert "Redes privada e estadual: a diferença bruta" in page.said("pt-BR")
    sources = [source for source, *_ in page.data if "raw_gap" in source]
    assert any("edition=2024" in s and "school_type_means" in s for s in sources)
    assert any("edition=2023" in s and "model=school_type;" in s for s in sources)


@pytest.mark.parametrize("rows", [1, 3])
def test_prior_of_the_raw_gap_is_that_of_draws(rows):
    rng = np.random.default_rng(4)
    x = np.array([-1.0, 0.5, 1.5])
    n = np.array([[0, 5, 9], [80, 40, 10], [5, 0, 0], [4, 20, 30]], float)
    types = ("federal", "estadual", "municipal", "privada")
    grid = CellGrid(types, ("A", "B", "C"), x, n, n * 0, n * 0)
    priors = parse_priors(settings()["priors"])
    draws = 40_000
    intercept = rng.normal(0, priors["tau_intercept"].draw(rng, draws)[:, None], (draws, 4))
    slope = rng.normal(0, priors["tau_slope"].draw(rng, draws)[:, None], (draws, 4))
    slope += priors["slope"].draw(rng, draws)[:, None]
    cells = intercept[:, :, None] + slope[:, :, None] * x
    sides = ("privada",), types[:rows]
    gaps = (cells * raw_contrast(grid, sides)).sum(axis=(1, 2))
    found = gap_variances(grid, priors, ["tau_intercept", "tau_slope"], sides, raw=True)
    assert np.sqrt(found.mean()) == pytest.approx(gaps.std(), rel=0.05)
    other = (cells[:, :rows] * n[:rows]).sum(axis=(1, 2)) / n[:rows].sum()
    expected = (cells[:, 3] @ n[3]) / n[3].sum() - other
    np.testing.assert_allclose(gaps, expected, atol=1e-8)
