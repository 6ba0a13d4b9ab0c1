"""Where the clone lies that a Snakefile is part of."""

import io
import os
import subprocess
import tarfile
from pathlib import Path

from snakemake.sourcecache import LocalSourceFile


def clone_of(source):
    """Folder of the clone that a Snakefile lies in; a bare repository is unpacked once a commit.

    A module taken from GitHub, or from another repository, comes as single files, which are not
    enough: scripts import the library beside them.
    """
    if isinstance(source, LocalSourceFile):
        return Path(os.path.abspath(source.path)).parent
    repository = getattr(source, "repo_path", None) or source.hosted_repo.repo_clone
    git = ["git", "-C", str(repository)]
    commit = subprocess.check_output([*git, "rev-parse", f"{source.ref}^{{commit}}"], text=True)
    folder = Path(".snakemake", "enem-bayes", commit.strip()).resolve()
    if not folder.is_dir():
        archive = subprocess.check_output([*git, "archive", commit.strip()])
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder.with_suffix(".part"), filter="data")
        folder.with_suffix(".part").rename(folder)
    return folder
