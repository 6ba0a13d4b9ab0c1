"""Runs that are killed at moments drawn at random."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from random import Random

from studies.faults.project import Project, Run
from studies.faults.surroundings import scripts_of

WHOM = ("Snakemake alone", "a stage alone", "both")


def killed(project: Project, whom: str, moment: float) -> float | None:
    """Begin a run, and kill it.

    Parameters
    ----------
    project
        The project; its folder may hold what an earlier run left.
    whom
        One of `WHOM`.
    moment
        Seconds after the beginning; a stage is killed once there is one.

    Returns
    -------
    float or None
        Seconds that the run took, where it ended before.
    """
    begun = time.monotonic()
    with (project.folder / "killed.log").open("a") as log:
        run = subprocess.Popen(
            project.command(), cwd=project.root, stdout=log, stderr=log, start_new_session=True
        )
    with suppress(subprocess.TimeoutExpired):
        run.wait(moment)
    script = []
    while whom == "a stage alone" and not script and run.poll() is None:
        time.sleep(0.02)
        script = scripts_of(run.pid)
    lived = run.poll() is None
    if lived and whom == "both":
        os.killpg(run.pid, signal.SIGKILL)
    elif lived:
        os.kill(min(script, default=run.pid), signal.SIGKILL)
    run.wait()
    return None if lived else time.monotonic() - begun


def kills(
    project: Project, before: dict[str, str], length: float, number: int, seed: int = 1
) -> Iterator[tuple[list[str], Run]]:
    """Kill runs, each of the same command again; after one of each of `WHOM` let the next end.

    Parameters
    ----------
    project
        The project; what its runs made is removed before the first and after each that ended.
    before, length
        Digests of the results of a run that nobody killed, and how many seconds it took, about.
    number
        Of kills, at least.
    seed
        Of the moments.

    Yields
    ------
    tuple
        What was wrong with the run that ended, and that run.
    """
    random = Random(seed)
    for _ in range(-(-number // len(WHOM))):
        project.clean()
        for whom in random.sample(WHOM, len(WHOM)):
            # a run goes on where the one before was killed: moments that sum to one whole run
            while took := killed(project, whom, random.uniform(0, 2 * length / len(WHOM))):
                length = took  # of a machine that has less to do now
                project.clean()
        run = project.run()
        remains = list(project.folder.rglob(".*.partial"))
        wrong = {
            f"it ended with status {run.status}": run.status,
            "it showed a traceback": run.traceback,
            "other results": project.results() != before,
            f"remains: {remains[:3]}": remains,
            "yet another run has something to do": project.plan(),
        }
        yield [fault for fault, there in wrong.items() if there], run
