"""mudata without its copies of the modalities' columns, whichever release is installed."""

import mudata


def own_columns():
    """A context in which a MuData leaves the modalities' columns to them, which releases before 0.4 have to be told."""
    if hasattr(mudata, "settings"):
        return mudata.settings.override(pull_on_update=False)
    return mudata.set_options(pull_on_update=False)
