"""Names of parameters, which live in `enem.mixed.parameters`."""

from enem.mixed.parameters import GROUP_SUFFIX, parameter_draws, table_name

__all__ = ["GROUP_SUFFIX", "parameter_draws", "table_name"]
