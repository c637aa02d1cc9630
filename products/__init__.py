"""Agency files in and out: each family in a module, one door to all of them.

>>> import iceco.products
>>> iceco.products.identify("no/such/file")
Traceback (most recent call last):
    ...
ValueError: no/such/file: there is no such file or folder
"""

from .recognise import identify
from .recognise import open_product as open  # noqa: A004 - read as iceco.products.open

__all__ = ["identify", "open"]
