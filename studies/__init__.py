"""Studies of the workflow itself: they measure it, and nothing in it depends on them."""
