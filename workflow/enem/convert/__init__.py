"""Convert INEP's zip into one typed table of all states.

``release`` does it; ``zip_stream`` inflates, ``parse`` reads and ``harmonise`` recodes.
"""
