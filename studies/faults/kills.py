"""Runs that are killed at moments drawn at random."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from random import Random

from studies.faults.project import Project, Run
from studies.faults.surroundings import scripts_of

WHOM = ("Snakemake alone", "a stage alone", "both")


def killed(project: Project, whom: str, moment: float) -> None:
    """Begin a run, and kill it.

    Parameters
    ----------
    project
        The project; its folder may hold what an earlier run left.
    whom
        One of `WHOM`.
    moment
        Seconds after the beginning; a stage is killed once there is one.
    """
    with (project.folder / "killed.log").open("a") as log:
        run = subprocess.Popen(
            project.command(), cwd=project.root, stdout=log, stderr=log, start_new_session=True
        )
    time.sleep(moment)
    if whom == "Snakemake alone":
        run.kill()
    elif whom == "both":
        os.killpg(run.pid, signal.SIGKILL)
    else:
        while run.poll() is None and not (script := scripts_of(run.pid)):
            time.sleep(0.02)
        if run.poll() is None:
            os.kill(min(script), signal.SIGKILL)
    run.wait()


def kills(project: Project, number: int, seed: int = 1) -> Iterator[tuple[str, list[str], Run]]:
    """Kill runs, and give after each the same command again.

    Parameters
    ----------
    project
        The project; what its runs made is removed before each kill.
    number
        Of kills.
    seed
        Of the moments.

    Yields
    ------
    tuple
        What was killed when, what was wrong after the same command again, and that run.
    """
    project.clean()
    begun = time.monotonic()
    first = project.run()
    assert first.status == 0, first.text
    length, before, random = time.monotonic() - begun, project.results(), Random(seed)
    for i in range(number):
        project.clean()
        whom, moment = WHOM[i % len(WHOM)], random.uniform(0, length)
        killed(project, whom, moment)
        run = project.run()
        remains = list(project.folder.rglob(".*.partial"))
        wrong = {
            f"it ended with status {run.status}": run.status,
            "it showed a traceback": run.traceback,
            "other results": project.results() != before,
            f"remains: {remains[:3]}": remains,
            "yet another run has something to do": not project.is_up_to_date(),
        }
        what = f"{whom}, after {moment:.1f} of {length:.1f} s"
        yield what, [fault for fault, there in wrong.items() if there], run
