"""A SLURM of one machine, started as the present user and stopped with all that it started.

``python tests/slurm.py COMMAND ...`` runs a command beside it: what the command submits, runs.
Needs Debian's packages ``slurm-wlm`` and ``munge``; touches none of their system-wide files.
"""

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "sinfo")
SEARCHED = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
START_SECONDS = 60
STOP_SECONDS = 30

# accounting, cgroups and CPU binding need services or rights that a test machine may lack; the node
# is declared as large as CPUS and MEMORY, so that two jobs share a small machine
CPUS = 4
MEMORY = 16_000
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
MinJobAge=3600
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing_programs() -> list[str]:
    """Return the programs of SLURM and munge that this machine lacks."""
    return [name for name in PROGRAMS if shutil.which(name, path=SEARCHED) is None]


@contextmanager
def running_slurm() -> Iterator[dict[str, str]]:
    """Run munge and SLURM's two daemons on loopback.

    Yields
    ------
    dict
        The environment in which SLURM's commands, and what calls them, reach these daemons.

    Raises
    ------
    RuntimeError
        When a daemon does not come up, with what it said.
    """
    with ExitStack() as stack:
        # the socket's path must be short, and munge wants folders that only their owner writes
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-")))
        _configure(folder)
        environment = os.environ | {
            "SLURM_CONF": f"{folder}/slurm.conf",
            "PATH": f"{folder}/bin{os.pathsep}{SEARCHED}",
        }
        start = [stack, folder, environment]
        _start(*start, *_munged(folder))
        _wait(folder, "munged", (folder / "munge.socket").exists)
        _start(*start, "slurmctld", "-D")
        _start(*start, "slurmd", "-D")
        stack.callback(_cancel_jobs, environment)
        _wait(folder, "slurmctld", lambda: _node_state(environment) == "idle")
        yield environment


def _configure(folder: Path) -> None:
    folder.chmod(0o755)
    for name in ("state", "spool", "bin"):
        (folder / name).mkdir()
    _wrap_srun(folder)
    key = folder / "munge.key"
    key.touch(mode=0o400)
    key.chmod(0o600)
    key.write_bytes(secrets.token_bytes(128))
    text = CONFIGURATION.format(
        folder=folder,
        host=socket.gethostname().partition(".")[0],
        user=getpass.getuser(),
        ports=_free_ports(2),
        cpus=CPUS,
        memory=MEMORY,
    )
    (folder / "slurm.conf").write_text(text, encoding="utf-8")


def _wrap_srun(folder: Path) -> None:
    """Tell srun where the configuration is: Snakemake's job step drops SLURM_CONF before it."""
    wrapper = folder / "bin/srun"
    program = shutil.which("srun", path=SEARCHED)
    wrapper.write_text(
        f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {program} "$@"\n', encoding="utf-8"
    )
    wrapper.chmod(0o755)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _munged(folder: Path) -> list[str]:
    files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log"}
    options = [f"--{option}={folder}/munge.{end}" for option, end in files.items()]
    # --force: the log may lie in a folder whose parent (/tmp) everybody writes
    return ["munged", "--foreground", "--force", f"--seed-file={folder}/munge.seed", *options]


def _start(stack: ExitStack, folder: Path, environment: dict[str, str], *command: str) -> None:
    """Start a daemon in the foreground of a process of its own, to be stopped with the stack."""
    program = shutil.which(command[0], path=SEARCHED)
    said = stack.enter_context((folder / f"{command[0]}.said").open("wb"))
    # in a session of its own: a signal to the whole test run must not end it before its jobs
    daemon = subprocess.Popen(
        [str(program), *command[1:]],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    stack.callback(_stop, daemon)


def _stop(daemon: subprocess.Popen) -> None:
    daemon.terminate()
    try:
        daemon.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _ask(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _node_state(environment: dict[str, str]) -> str:
    return _ask(environment, "sinfo", "--noheader", "--format=%T")


def _wait(folder: Path, name: str, ready: Callable[[], bool]) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > end:
            said = "\n".join(path.read_text(errors="replace") for path in folder.glob("*.said"))
            raise RuntimeError(f"{name} was not ready after {START_SECONDS} s:\n{said}")
        time.sleep(0.2)


def _cancel_jobs(environment: dict[str, str]) -> None:
    """End what still runs, so that no job outlives the daemons."""
    _ask(environment, "scancel", "--user", getpass.getuser())
    end = time.monotonic() + STOP_SECONDS
    while _ask(environment, "squeue", "--noheader") and time.monotonic() < end:
        time.sleep(0.2)


def _leave(*_: object) -> None:
    """Let a terminated script, too, stop what it started; once is enough."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + signal.SIGTERM)


def main(command: list[str]) -> int:
    """Run a command beside a SLURM of its own and return its exit status."""
    if missing := missing_programs():
        sys.exit(f"no {', '.join(missing)} here: install Debian's slurm-wlm and munge")
    signal.signal(signal.SIGTERM, _leave)
    with running_slurm() as environment:
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
