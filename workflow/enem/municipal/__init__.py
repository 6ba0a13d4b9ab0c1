"""Family income of the municipalities where the exam is sat: of places, not of people."""
