"""How slope and gap move with what was assumed: population, incomes, errors, sigmas.

One model is estimated under every assumption: the lines of ``school_type``, partially pooled, with
the priors of config.yaml.  A Gibbs sampler of its own draws from it, which needs no compilation;
where the configured models hold ``school_type``, what NUTS found stands beside it.
"""
