"""Lead maps as collocation asks for them: a window in, lead probability out."""

from functools import partial

from ...collocate.corridor import LeadFinder
from .contrasts import FITTED
from .threshold import LEAD_PROBABILITY, halo_pixels, lead_map


def threshold_leads() -> LeadFinder:
    """Return the lead finder that needs no training; other processes can be handed it."""
    return LeadFinder(
        find=partial(lead_map, how=FITTED),
        halo=partial(halo_pixels, FITTED),
        threshold=LEAD_PROBABILITY,
        description=f"threshold {FITTED}",
    )
