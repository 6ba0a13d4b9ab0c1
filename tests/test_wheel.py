"""The wheel in an environment of somebody else's: newer packages, and nothing of the workflow."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
from packaging.version import Version

import enem
from enem.api.data import of_participants
from enem.api.fit import Made
from made import REPOSITORY
from test_api import DIETOX, LINES, WIDE

UNREACHABLE = re.compile("dns error|error sending request|tcp connect|Connectivity is disabled")

SHOW = """
import json
from importlib.metadata import distributions, version
from pathlib import Path
found = {
    "at": enem.__file__,
    "pandas": version("pandas"),
    "installed": sorted(each.name.lower() for each in distributions()),
    "mle": fit.estimates().set_index("parameter")["mle"].to_dict(),
    "effects": len(fit.effects()),
    "failed": fit.check().query("passed == False")["name"].tolist(),
}
Path("found.json").write_text(json.dumps(found))
"""

PIGS = f"""
from importlib.resources import files
import enem, pandas
rows = pandas.read_csv(files("statsmodels") / "regression/tests/results/dietox.csv")
lines = enem.model("score ~ income", levels=["school"], priors={WIDE!r})
fit = lines.fit(rows, columns={DIETOX!r})
{SHOW}
import statsmodels.formula.api as smf
oracle = smf.mixedlm("Weight ~ Time", rows, groups="Pig").fit(reml=False)
found["oracle"] = {{"intercept": oracle.params["Intercept"], "slope": oracle.params["Time"]}}
Path("found.json").write_text(json.dumps(found))
"""

ACRE = """
import enem
table = enem.participants({path!r}, edition=2019)
lines = enem.model({formula!r})
fit = lines.fit(table, state="AC")
"""


def uv(*arguments, where):
    """Run uv outside of the project, whose constraints it would else apply."""
    tool = os.environ.get("UV") or shutil.which("uv")  # `uv run` names itself
    if tool is None:
        pytest.skip("uv is not installed: python -m pip install uv")
    done = subprocess.run([tool, *arguments], cwd=where, capture_output=True, text=True)
    if done.returncode and UNREACHABLE.search(done.stderr):
        pytest.skip("the package index cannot be reached, and uv's cache lacks what it needs")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A fresh environment: the wheel, the newest of what it needs, and statsmodels."""
    folder = tmp_path_factory.mktemp("elsewhere")
    python = ("--quiet", "--python", sys.executable)
    uv("build", *python, "--wheel", "--out-dir", str(folder), str(REPOSITORY), where=folder)
    (wheel,) = folder.glob("enem_bayes-*.whl")
    uv("venv", *python, "own", where=folder)
    given = ("--python", "own", "--upgrade", str(wheel), "statsmodels")
    uv("pip", "install", "--quiet", *given, where=folder)
    return folder


def run(folder, code):
    """Run lines of Python in the environment; return what they found."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL"))}
    python = folder / "own/bin/python"
    done = subprocess.run(
        [python, "-c", code], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "found.json").read_text())


def test_five_lines_run_beside_the_newest_packages_in_range(elsewhere):
    found = run(elsewhere, PIGS)
    assert found["at"].startswith(str(elsewhere))
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    (pin,) = re.findall(r"pandas==(\S+)'", str(settings["tool"]["uv"]["constraint-dependencies"]))
    assert Version(pin) <= Version(found["pandas"]) < Version("4")
    extras = settings["project"]["optional-dependencies"].values()
    of_workflow = {re.match(r"[\w-]+", each)[0] for extra in extras for each in extra}
    assert not of_workflow & set(found["installed"])
    for name, value in found["oracle"].items():
        assert found["mle"][name] == pytest.approx(value, rel=1e-4)
    assert found["effects"] > 2


def test_five_lines_answer_for_real_participants(elsewhere, shared_microdata):
    path = str(shared_microdata / "microdados_enem_2019_AC.zip")
    found = run(elsewhere, ACRE.format(path=path, formula=LINES) + SHOW)
    assert found["failed"] == []
    lines = enem.model(LINES)
    table = enem.participants(path, edition=2019)
    here = Made(lines, of_participants(table, lines.spec, "AC", "mean")).record
    for name, value in here["mle"].items():
        assert found["mle"][name] == pytest.approx(value, rel=1e-4), name
