"""Figure 4 of the paper on public data sets: maps, separation of cell types, associations with permutation nulls."""
