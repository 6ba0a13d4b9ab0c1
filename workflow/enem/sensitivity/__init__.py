"""How slope and gap move with what was assumed: population, incomes, errors, sigmas.

One model is estimated under every assumption: the lines of ``school_type``, partially pooled, with
the priors and levels of config.yaml.  Student-t errors have a Gibbs sampler of their own, and know
no levels.
"""
