CATEGORICAL = ("school_type", "income_bracket", "state", "sex", "race")


def has_two_levels(name):
    return False
