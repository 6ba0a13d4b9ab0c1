"""Time the workflow against other ways to the same result: ``python -m studies.benchmarks``."""
