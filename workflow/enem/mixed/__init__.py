"""Mixed models as data: formulas of a configuration, their variables, and what is made of them."""
