"""Agreement of a model with a product's own classes."""

import numpy as np

from iceco.models.waveforms.agreement import Agreement, added, agreement, agreement_text
from iceco.products.surface import Surface


def test_every_record_with_an_answer_counts_once_in_its_products_class():
    surface = np.array([Surface.LEAD] * 3 + [Surface.SEA_ICE] * 2 + [Surface.UNKNOWN])
    probability = np.array([0.9, 0.4, np.nan, 0.6, 0.5, np.nan])
    found = agreement(surface, probability)
    assert found == [Agreement("lead", 2, 1), Agreement("sea_ice", 2, 1)]


def test_tables_of_tracks_add_up_whatever_classes_they_have():
    one, two = [Agreement("lead", 4, 3)], [Agreement("ocean", 5, 0), Agreement("lead", 1, 1)]
    assert added([one, two]) == [Agreement("lead", 5, 4), Agreement("ocean", 5, 0)]
    assert "lead                    5         4 (80%)" in agreement_text(added([one, two]))
