"""Figure 4 of the paper on cells that can be had: maps, sharpness of cell types, associations beside their nulls."""
