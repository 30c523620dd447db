"""Tests at any depth can import `oracles` from beside this file; properties are tried on the same examples every time.

A property that fails on a rare example should do so while it is worked on (`HYPOTHESIS_PROFILE=search`), not by chance
in an unrelated change. Figures open no windows.
"""

import os

from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "agg")

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
