"""Settings of mudata and anndata that hold for the length of a `with`, whichever release is installed."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import anndata
import mudata


def own_columns() -> AbstractContextManager[None]:
    """Return a context in which a MuData leaves the modalities' columns to them, instead of copying them to its own."""
    if hasattr(mudata, "settings"):
        return mudata.settings.override(pull_on_update=False)  # mudata 0.4 and newer
    return mudata.set_options(pull_on_update=False)


def nullable_strings() -> AbstractContextManager[None]:
    """Return a context in which anndata writes text of pandas' nullable type, which it reads but refuses to write."""
    if hasattr(anndata.settings, "allow_write_nullable_strings"):
        return anndata.settings.override(allow_write_nullable_strings=True)
    return nullcontext()
