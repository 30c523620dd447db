"""The workspace that is used unless one is given."""

from __future__ import annotations

from integrated_diffusion.operators.workspace import Workspace


def default_workspace() -> type[Workspace]:
    """Return `NumbaWorkspace`; numba is imported with the first product, not with the package."""
    from integrated_diffusion.operators.numba_workspace import NumbaWorkspace

    return NumbaWorkspace
