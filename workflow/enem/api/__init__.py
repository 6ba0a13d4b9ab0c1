"""What ``import enem`` offers: the stages' functions for notebooks, without files in between."""
