"""The studies' figures, in the style of the project's."""
