"""How point estimates and the posterior relate, computed on the user's data.

Every module makes the tables of one topic: the likelihood around its maximum, cross-entropy in and
out of sample, what a prior does to a maximum, what changing the scale of a parameter does to it,
what sample size does, what becomes of the scales of levels and of real schools, and where mode and
mean part.
"""
