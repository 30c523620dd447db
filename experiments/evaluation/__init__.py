"""How well the default settings do on data they were not chosen on, against every baseline: `make evaluation`."""
