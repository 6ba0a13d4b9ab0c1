"""Programs that answer about themselves as conda and apptainer do, and do nothing else."""

from pathlib import Path

ANSWERS = {
    "conda": """case "$*" in
*info*) echo '{"conda_prefix": "/x", "platform": "linux-64"}' ;;
*config*) echo '{"get": {"channel_priority": "strict"}}' ;;
*) echo conda 26.1.0 ;;
esac""",
    "apptainer": "echo apptainer version 1.4.0",
}


def write_tools(folder: Path) -> Path:
    """Write them to a folder, to be put first on the path."""
    folder.mkdir(exist_ok=True)
    for name, answer in ANSWERS.items():
        (folder / name).write_text(f"#!/bin/sh\n{answer}\n")
        (folder / name).chmod(0o755)
    return folder
