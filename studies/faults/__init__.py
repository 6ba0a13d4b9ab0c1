"""Inject faults into runs of the workflow and record what it does; results in `docs/faults.md`."""
