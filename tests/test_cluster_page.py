"""The page on clusters holds what its script makes of the measured parts."""

import importlib.util
import re

import pytest
import yaml

from made import REPOSITORY
from workflow_copy import rule_texts

DOCS = REPOSITORY / "docs"


@pytest.fixture(scope="module")
def costs():
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("cluster_costs", DOCS / "cluster_costs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_in_step_with_the_measurements(costs):
    assert costs.tables() in (DOCS / "cluster.md").read_text(encoding="utf-8")


def test_a_further_analysis_costs_what_two_runs_differ_by(costs):
    count = max(states for states, _ in costs.parts())
    one, several = (costs.parts()[n, "fit_models"].cpu for n in (1, count))
    few, many = (costs.edition_seconds(200_000, n)["fit_models"] for n in (1, 2))
    assert (many - few) / 27 == pytest.approx((several - one) / (count - 1))
    assert few - 26 * (many - few) / 27 == pytest.approx(one)


def test_rows_cost_only_the_stages_that_read_them(costs):
    few, many = costs.edition_seconds(200_000, 1), costs.edition_seconds(400_000, 1)
    assert {name for name in few if many[name] != few[name]} == set(costs.PER_ROW)


def test_benchmarks_are_summed_and_the_largest_memory_kept(costs, tmp_path, monkeypatch):
    for state, cpu, memory in (("AC", 1.5, 100.0), ("SP", 2.0, 300.0)):
        path = tmp_path / "draw_figures" / "2017" / f"{state}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\tmax_rss\tcpu_time\n4\t{memory}\t{cpu}\n", encoding="utf-8")
    monkeypatch.setattr(costs, "PARTS", tmp_path / "parts.csv")
    costs.collect(tmp_path, tmp_path, 2)
    assert costs.parts()[1, "draw_figures"] == (2, 3.5, 8.0, 300.0)


def test_every_rule_asks_for_more_memory_than_was_measured(costs):
    asked = {
        name: int(found[1])
        for name, text in rule_texts().items()
        if (found := re.search(r"mem_mb=(\d+)", text))
    }
    measured = {rule: part.memory for (_, rule), part in costs.parts().items()}
    assert measured.keys() <= asked.keys()
    for rule, peak in measured.items():
        assert asked[rule] > 1.25 * peak, rule


def test_the_profile_groups_only_rules_that_exist():
    profile = yaml.safe_load((REPOSITORY / "profiles/slurm/config.yaml").read_text())
    # rules of a second kind of edition end in a number
    rules = {name + end for name in rule_texts() for end in ("", "_1")}
    assert set(profile["groups"]) <= rules
    assert set(profile["groups"].values()) == set(profile["group-components"])
