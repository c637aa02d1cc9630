"""iceco: sea-ice altimetry and SAR, collocated."""

__version__ = "0.1.0"
