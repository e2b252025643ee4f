"""English of any country: ``4/3`` is two different days, and ``a.m.`` costs a thought at night."""
