"""The models in mathematics, their priors and the sampler."""
