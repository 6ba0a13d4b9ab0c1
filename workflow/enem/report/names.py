"""What the pages hold, known before anything runs."""

STORY_FIGURES = ("score_by_income", "gap_by_income", "presence", "variance_shares")
"""Figures of the story, in their order."""
