"""How the documentation is built: ``sphinx-build docs docs/_build``; nothing is downloaded."""

import sys
from pathlib import Path

import iceco

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "iceco"
author = "the authors of iceco"
project_copyright = author
version = release = iceco.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "command_reference",
    "form_tables",
    "mathml",
]
exclude_patterns = ["_build"]

myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3

# Docstrings say types, shapes and units in words; signatures stay short.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
nitpicky = True
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"iceco {version}"
html_static_path = ["_static"]
html_css_files = ["iceco.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#0b4f6c",
        "color-brand-content": "#0b6e99",
        "font-stack--monospace": "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace",
    },
    "dark_css_variables": {"color-brand-primary": "#7cc4e0", "color-brand-content": "#7cc4e0"},
}
