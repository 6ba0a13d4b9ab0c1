"""The statistical model: cells, priors, the marginal likelihood and the group effects given it.

One Gaussian mixed model on cells serves all four model names.  With school type g and income
bracket b, and x the log2 of income over two minimum wages::

    score_i            ~ Normal(cell_gb, sigma_g)
    cell_gb            = intercept_g + slope_g * x_b + deviation_gb
    (intercept_g, slope_g) ~ Normal((intercept, slope), diag(tau_intercept^2, tau_slope^2))
    deviation_gb       ~ Normal(0, tau_cell^2)

``pooled`` has one group and no deviations, ``income`` one group with deviations per bracket,
``school_type`` a group per school type, ``school_type_income`` both.
"""
