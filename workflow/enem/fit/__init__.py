"""Draws from the posterior: the PyMC model, the samplers, and the file that holds the draws."""
