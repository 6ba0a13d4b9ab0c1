"""Bayesian analysis of ENEM microdata, one subpackage per stage of the way of the data.

``retrieve`` -> ``convert`` -> ``tabulate`` -> ``fit`` / ``estimate`` -> ``check`` -> ``compare``
-> ``figures`` -> ``report``; ``simulate`` writes a release with known truth and ``models`` holds
the statistical model that ``fit`` and ``estimate`` share.  Nothing here knows of Snakemake.
"""
