"""Wider Gaussian models on moments: further factors, states, several outcomes.

A score of error stratum g (a school type) is Gaussian around a row of a design matrix times
coefficients, ``y ~ Normal(X beta, sigma_g)``, and every coefficient is Gaussian with the scale of
its block, ``beta_j ~ Normal(mean_j, scale_block(j))``.  Such rows enter the likelihood only
through n, X'X, X'y and y'y of each stratum, so a fit costs the same for any number of rows or
cells, and all coefficients are integrated out exactly: NUTS sees the sigmas and the scales alone.
"""
