"""Fixtures shared by all tests."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_microdata() -> Path:
    """The folder of real ENEM rows that lies beside a developer's checkout, never inside it."""
    folder = REPOSITORY.parent / "shared" / "microdata"
    if not folder.is_dir():
        pytest.skip("real microdata rows are not beside this checkout (../shared/microdata)")
    return folder
