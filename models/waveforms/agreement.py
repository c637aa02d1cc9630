"""What a model calls lead beside what products call it: agreement, not truth."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ...products.surface import Surface

#: A record whose lead probability is beyond this is called a lead.
EVEN = 0.5


class Agreement(NamedTuple):
    """How often a model calls lead what a product calls so."""

    product_class: str  #: as ``products.surface.Surface`` names it
    records: int  #: of that class that the model says something of
    leads: int  #: that the model calls lead


def agreement(product_class: np.ndarray, probability: np.ndarray) -> list[Agreement]:
    """Return, for each class of a product, how many records a model calls lead.

    Parameters
    ----------
    product_class : array (n,), int
        Codes of ``products.surface.Surface``.
    probability : array (n,), float
        Of a lead; nan where the model says nothing.
    """
    known = np.isfinite(probability)
    return [
        Agreement(
            surface.name.lower(),
            int((known & (product_class == surface)).sum()),
            int((known & (product_class == surface) & (probability > EVEN)).sum()),
        )
        for surface in Surface
        if (known & (product_class == surface)).any()
    ]


def added(tables: Iterable[list[Agreement]]) -> list[Agreement]:
    """Return the sum of the tables of several tracks."""
    rows = [row for table in tables for row in table]
    names = dict.fromkeys(row.product_class for row in rows)
    return [
        Agreement(
            name,
            sum(row.records for row in rows if row.product_class == name),
            sum(row.leads for row in rows if row.product_class == name),
        )
        for name in names
    ]


def agreement_text(table: list[Agreement]) -> str:
    """Return a table as text, a line a class of the product."""
    lines = ["product's class   records   called lead here"]
    lines += [
        f"{row.product_class:15s} {row.records:9d} {row.leads:9d} ({row.leads / row.records:.0%})"
        for row in table
    ]
    return "\n".join(lines)
