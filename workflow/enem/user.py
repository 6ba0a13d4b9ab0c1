"""A name and a home for users that have none, as in many containers."""

import getpass
import os
from pathlib import Path


def make_up(home: Path) -> None:
    """Let this process and its jobs have a user's name and a home where the system knows none.

    Parameters
    ----------
    home
        Folder that serves as one: libraries of jobs look for their settings there.
    """
    try:
        getpass.getuser()
    except (OSError, KeyError):  # Snakemake asks for it
        os.environ.setdefault("LOGNAME", str(os.getuid()))
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = str(home.absolute())
