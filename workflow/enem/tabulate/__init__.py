"""From participants to cells: population by counted exclusions, and sufficient statistics."""
