"""Fixtures and options shared by all tests."""

import os
from pathlib import Path

import pytest

from inep_site import Getter, servers

REPOSITORY = Path(__file__).resolve().parents[1]
# refusals are compared with their English, also where the terminal is Portuguese
os.environ["LANGUAGE"] = "en"
# a minute of compiling for each copy of the project otherwise
os.environ.setdefault("NUMBA_CACHE_DIR", str(REPOSITORY / ".pytest_cache/machine_code"))
# each process would compile the library's files anew
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# matrices are small, and their threads wait for each other in vain where workers use all cores
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_addoption(parser):
    parser.addoption(
        "--fail-on-skip",
        action="store_true",
        help="a skipped test fails: for machines that have everything tests ask for",
    )


def pytest_collection_modifyitems(items):
    """Begin with files that take minutes, so that no worker has one left at the end."""
    long = {"copy_project", "Project", "elsewhere"}  # the whole workflow; a fresh environment
    items.sort(key=lambda item: vars(item.module).keys().isdisjoint(long))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and item.config.option.fail_on_skip:
        report.outcome = "failed"
        report.longrepr = f"skipped, where nothing may skip: {report.longrepr[-1]}"
    return report


@pytest.fixture(scope="session")
def shared_microdata() -> Path:
    """The folder of real ENEM rows that lies beside a developer's checkout, never inside it."""
    folder = REPOSITORY.parent / "shared" / "microdata"
    if not folder.is_dir():
        pytest.skip("real microdata rows are not beside this checkout (../shared/microdata)")
    return folder


@pytest.fixture
def serve(monkeypatch):
    """Start a server on loopback for a site of `inep_site`."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with servers() as start:
        yield start


@pytest.fixture
def get(tmp_path):
    """Download into a folder of the test's own."""
    return Getter(tmp_path / "raw")
