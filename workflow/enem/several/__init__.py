"""Several outcomes at once: lines by school type of each score, errors that correlate.

The scores of a participant of error stratum g (a school type) are Gaussian around a row of a design
matrix times coefficients.  Rows enter only through n, X'X, X'y and y'y of each stratum, and all
coefficients are integrated out: NUTS sees the sigmas, the scales and the correlations alone.

Schools and municipalities are no levels here, so intervals take participants for independent:
intercepts of the levels would be blocks of five by five at every group.
"""
