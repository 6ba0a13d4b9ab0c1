"""Estimators beside posteriors, models beside models, groups beside groups."""
