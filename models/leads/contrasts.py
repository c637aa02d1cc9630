"""Options of the threshold lead detector: lengths of its templates, contrasts that make a lead."""

import math
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Contrasts:
    """Contrasts with the ice at which lead and ice are equally likely [dB].

    Contrast is that of HH plus ``hv_weight`` times how much darker HV is.
    """

    lines: tuple[float, float, float, float]  #: against those at each of ``side_distances``
    area: float
    hv_weight: float


#: Fitted on synthetic winter pack of many textures with 3 % of leads, 40 m to 1.5 km wide.
DARK = Contrasts((3.7, 3.9, 4.5, 6.5), 6.8, 0.4)
BRIGHT = Contrasts((3.8, 3.6, 3.7, 3.4), 3.3, 0.75)
DARK_WITHOUT_HV = Contrasts((3.8, 3.8, 4.0, 5.4), 5.5, 0.0)
#: Raised above the fit: in HH alone old ice and ridges look like bright leads.
BRIGHT_WITHOUT_HV = Contrasts((4.5, 4.5, 4.5, 4.5), 5.5, 0.0)


@dataclass(frozen=True, slots=True)
class LeadThreshold:
    """How to find leads by thresholds.

    The slopes are those of deformed first-year ice in winter (Makynen and Karvonen 2017).
    """

    hh_slope: float = -0.24  #: of backscatter with incidence [dB/degree]
    hv_slope: float = -0.16  #: [dB/degree]
    reference_incidence: float = 30.0  #: [degree]
    line_length: float = 1000.0  #: [m]
    side_distances: tuple[float, float, float, float] = (160.0, 320.0, 700.0, 1500.0)  #: [m]
    area_width: float = 280.0  #: [m]
    background_width: float = 5000.0  #: [m]
    dark: Contrasts = DARK
    bright: Contrasts = BRIGHT
    dark_without_hv: Contrasts = DARK_WITHOUT_HV
    bright_without_hv: Contrasts = BRIGHT_WITHOUT_HV
    calm_level: float = -22.5  #: HH that is as often calm water as ice, at the reference [dB]
    steepness: float = 2.2  #: of the log-odds [1/dB]

    def __post_init__(self) -> None:
        """Refuse lengths that do not nest, and odds that fall with contrast."""
        nested = (0.0, *self.side_distances, self.background_width / 2.0)
        if not all(a < b < math.inf for a, b in pairwise(nested)):
            raise ValueError(
                "side_distances must rise from 0 to below background_width / 2, got "
                f"{self.side_distances} and {self.background_width} m"
            )
        if not (0.0 < self.area_width < self.background_width and self.line_length > 0.0):
            raise ValueError(
                "area_width must lie between 0 and background_width, and line_length above 0, got "
                f"{self.area_width}, {self.background_width} and {self.line_length} m"
            )
        if not 0.0 < self.steepness < math.inf:
            raise ValueError(f"steepness must be positive, got {self.steepness} per dB")


#: The options that were fitted.
FITTED = LeadThreshold()
