"""Runs that are stopped, or where disk, memory, home or user are not as usual."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studies.faults.project import Project, Run

STOPPED = "Run the same command again"
REFUSED = "was not written: No space left on device"


@dataclass(frozen=True)
class Surroundings:
    """Where a run takes place.

    Attributes
    ----------
    name
        What is unusual.
    prepare
        Shell commands that set it up in a mount namespace of its own; ``$FOLDER`` is where data
        and results go, ``$CLONE`` the project.
    expected
        Words of the one sentence that ends it; none where it must succeed.
    """

    name: str
    prepare: str
    expected: str = ""

    def run(self, project: Project) -> Run:
        """Run there."""
        script = f'set -e; {self.prepare}; exec "$@"'
        within = ("unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh")
        variables = {"FOLDER": str(project.folder), "CLONE": str(project.root)}
        with_variables = ("env", *(f"{name}={value}" for name, value in variables.items()))
        return project.run(within=(*with_variables, *within))


def _small_disk(size: str) -> str:
    return f"mount -t tmpfs -o size={size} tmpfs $FOLDER"


# else machine code goes where the study keeps it
READ_ONLY = (
    "unset NUMBA_CACHE_DIR; mount --bind $CLONE $CLONE; mount -o remount,ro,bind $CLONE; cd $FOLDER"
)
SURROUNDINGS = (
    Surroundings("the disk is full while the release is made", _small_disk("900k"), REFUSED),
    Surroundings(
        *("the disk is full while results are made", _small_disk("6000k")),
        f"posterior.nc {REFUSED}",
    ),
    Surroundings("the clone can only be read", READ_ONLY),
    Surroundings(
        "neither clone nor home can be written to",
        f"mkdir $FOLDER/home; mount -t tmpfs -o ro tmpfs $FOLDER/home; {READ_ONLY}; "
        "export HOME=$FOLDER/home XDG_CACHE_HOME=$FOLDER/cache TMPDIR=$FOLDER",
    ),
    Surroundings("HOME is not set", "unset HOME"),
    Surroundings(
        "the clone can only be read, and the user has neither HOME nor a name",
        f"{READ_ONLY}; unset HOME; export XDG_CACHE_HOME=$FOLDER/cache TMPDIR=$FOLDER; "
        "export XDG_CONFIG_HOME=$FOLDER/config; "
        'set -- unshare --map-user=54321 "$@"',
    ),
    Surroundings("files are for their owner only (umask 077)", "umask 077"),
    Surroundings("the locale is C", "export LC_ALL=C LANG=C"),
    Surroundings(
        "there is no shared memory (/dev/shm)", "mount -t tmpfs -o ro,size=4k tmpfs /dev/shm"
    ),
    Surroundings(
        "a process may have 1.5 GB of addresses", "ulimit -v 1500000", "had no memory left"
    ),
)


def stopped(project: Project, rule: str, how: signal.Signals) -> tuple[Run, bool]:
    """Stop a run while two processes of a rule work, as Ctrl-C or a kill of its script does.

    Returns
    -------
    tuple
        How it ended, and whether no process of the job lived on.
    """
    log = project.folder.parent / f"{project.folder.name}.log"
    with log.open("w") as file:
        run = subprocess.Popen(
            # a shell's background jobs ignore Ctrl-C, and so would all that they start
            ["env", "--default-signal=INT", *project.command()],
            cwd=project.root,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    script = _wait_for(lambda: _processes(run.pid, f".{rule}.py"))
    # the lanes are at work once there are more processes than one
    jobs = _wait_for(lambda: found if len(found := _processes(run.pid, f".{rule}.py")) > 1 else [])
    if how == signal.SIGINT:
        os.killpg(run.pid, how)
    else:
        os.kill(min(script), how)
    status = run.wait(120)
    time.sleep(1)
    return Run(status, log.read_text(encoding="utf-8")), not any(map(_lives, jobs))


def _wait_for(find: Callable[[], list[int]]) -> list[int]:
    deadline = time.monotonic() + 120
    while not (found := find()):
        assert time.monotonic() < deadline, "the rule did not begin"
        time.sleep(0.02)
    return found


def scripts_of(session: int) -> list[int]:
    """Processes of a session that run the script of a rule."""
    return _processes(session, ".py")


def _processes(session: int, script: str) -> list[int]:
    """Processes of a session that run a Python script with this end of its name."""
    return [
        int(path.name)
        for path in Path("/proc").glob("[0-9]*")
        if _lives(int(path.name))
        and (words := _words(path))
        and words[-1].endswith(script)
        and "python" in words[0]
        and os.getsid(int(path.name)) == session
    ]


def _words(process: Path) -> list[str]:
    try:
        return (process / "cmdline").read_text().rstrip("\0").split("\0")
    except OSError:
        return []


def _lives(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
