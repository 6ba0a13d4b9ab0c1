"""One process does a stage for all states asked for, and only what is not done yet.

Importing what a stage needs costs far more than what it does to one state, so it runs once per
edition.  What it makes lies in a store with a record of what each piece was made from; a piece
whose record still holds is kept, so that a stage that was killed, or a configuration with one more
state, costs only what is missing.
"""
