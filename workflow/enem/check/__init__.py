"""Verdicts on a posterior: convergence, prediction, closed forms and sensitivity."""
