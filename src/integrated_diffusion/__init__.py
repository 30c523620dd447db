"""Integrated diffusion: one diffusion operator from several noisy views of the same samples.

Names are imported at their first use, so that `import integrated_diffusion` itself takes a few hundredths of a second;
`__init__.pyi` says where each of them is.
"""

import lazy_loader as _lazy

from integrated_diffusion.runtime.caches import choose_caches as _choose_caches
from integrated_diffusion.runtime.deprecation import deprecated_names as _deprecated_names

_choose_caches()  # before numba is imported

_import_name, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
__getattr__ = _deprecated_names(
    __name__,
    {
        "BinomialThinning": "CountSplitting",
        "JointWalk": "IntegratedOperator",
        "marginal_fall": "elbow_marginal_decrease",
        "two_line_fit": "elbow_two_segment",
    },
    otherwise=_import_name,
)
