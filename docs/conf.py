"""How the site is built: `make docs`. Nothing is looked up outside, so it builds without a network and without data."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

from integrated_diffusion.version import __version__  # noqa: E402

project = "Integrated Diffusion"
author = "The integrated-diffusion developers"
copyright = "the integrated-diffusion developers, BSD-3-Clause"
version = release = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "myst_nb",
    "reference",  # those of docs/extensions
    "commands",
    "links",
    "formulas",
    "one_kernel",
]
exclude_patterns = ["extensions/*"]
default_role = "name"  # the docstrings' single backticks, see extensions/links.py
nitpicky = True
nitpick_ignore = [  # values that go from one function to the next, which users never make
    ("py:class", "integrated_diffusion.views.containers.MeasuredViews"),
    ("py:class", "integrated_diffusion.io.reading.on_disk.OnDisk"),
    ("py:class", "integrated_diffusion.report.highlights.Feature"),
]

html_theme = "furo"
html_title = f"Integrated Diffusion {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_math_renderer = "mathml"  # extensions/formulas.py
html_show_search_summary = True  # results of a search come with an excerpt of the page
smartquotes = False  # a command that is copied has to run
html_theme_options = {"top_of_page_buttons": []}

# A page that says `execution_mode: force` runs each time, on data that come with the package.
nb_execution_mode = "off"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_dmath_allow_digits = False  # a dollar before a number is a price
myst_heading_anchors = 3

napoleon_google_docstring = False
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_default_options = {  # scikit-learn's, of which users have no use
    "exclude-members": "set_fit_request, set_predict_request, set_transform_request, set_fit_transform_request"
}
autodoc_preserve_defaults = True
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_typehints_format = "short"
