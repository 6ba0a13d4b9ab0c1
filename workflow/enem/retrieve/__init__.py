"""Fetch or find the zip of an edition and prove that it is whole; ``release`` does it."""
