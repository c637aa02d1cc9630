"""Options of the threshold lead detector: lengths of its templates, and what makes a lead."""

import math
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class LineLaw:
    """How the logarithm of the odds that a line is a lead grows with what is seen of it [1/dB].

    For dark leads contrast is how much darker HH is than on the side that differs less, relief the
    same of HV, level how much darker HH is than ``dark_level``.  For bright leads contrast is how
    much brighter HH is, relief how much higher HH over HV is, and level how much HH over HV
    exceeds that of frost flowers; without HV, how much HH exceeds theirs.  Contrast of dark leads
    counts more in even ice and less in uneven ice.
    """

    contrast: float
    relief: float
    level: float
    odds: float  #: logarithm of the odds of a line of a lead's level that differs from no side [1]


@dataclass(frozen=True, slots=True)
class Sides:
    """How lines are compared with those on either side of them."""

    distances: tuple[float, float]  #: to either side; of the two the likelier counts [m]
    dark: LineLaw
    bright: LineLaw
    dark_without_hv: LineLaw
    bright_without_hv: LineLaw


@dataclass(frozen=True, slots=True)
class Context:
    """How the evidence along a longer line and around it bears on the logarithm of the odds."""

    here: float  #: weight of the evidence of the pixel itself
    along: float  #: of its mean along the line through the pixel on which that is highest
    around: float  #: of its mean over the area: less than 0, as leads are lines and not blotches
    odds: float  #: logarithm of the odds where all evidence is 0


@dataclass(frozen=True, slots=True)
class LeadThreshold:
    """How to find leads by thresholds.

    The slopes are those of deformed first-year ice in winter (Makynen and Karvonen 2017).
    """

    narrow: Sides
    wide: Sides
    context: Context
    context_without_hv: Context
    hh_slope: float = -0.24  #: of backscatter with incidence [dB/degree]
    hv_slope: float = -0.16  #: [dB/degree]
    reference_incidence: float = 30.0  #: [degree]
    piece_length: float = 360.0  #: of a ninth of the long lines and a third of the short ones [m]
    context_width: float = 2000.0  #: of the area around a pixel [m]
    background_width: float = 5000.0  #: of the area in which the ice's spread is taken [m]
    area_width: float = 280.0  #: over which a pixel's own level is taken [m]
    dark_level: float = -22.5  #: HH of calm water and nilas, at the reference [dB]
    bright_level: float = -11.5  #: HH of frost flowers, at the reference [dB]
    bright_hv_level: float = -24.0  #: HV of frost flowers, at the reference [dB]
    steepness: float = 2.4  #: of the log-odds of calm water with its level [1/dB]

    def __post_init__(self) -> None:
        """Refuse lengths that do not nest, and odds that fall with darkness."""
        nested = (0.0, *self.narrow.distances, *self.wide.distances)
        if not all(a < b < math.inf for a, b in pairwise(nested)):
            raise ValueError(
                f"distances to the sides must rise from 0, got {nested[1:3]} and {nested[3:]} m"
            )
        if not 0.0 < self.area_width < self.context_width < math.inf:
            raise ValueError(
                "area_width must lie between 0 and context_width, got "
                f"{self.area_width} and {self.context_width} m"
            )
        if not (0.0 < self.piece_length < math.inf and 0.0 < self.background_width < math.inf):
            raise ValueError(
                "piece_length and background_width must be above 0, got "
                f"{self.piece_length} and {self.background_width} m"
            )
        if not 0.0 < self.steepness < math.inf:
            raise ValueError(f"steepness must be positive, got {self.steepness} per dB")


#: The options that were fitted, on simulated worlds whose levels were off by 0.5 dB a scene.
FITTED = LeadThreshold(
    narrow=Sides(
        distances=(120.0, 240.0),
        dark=LineLaw(1.04, 0.41, 0.11, -5.78),
        bright=LineLaw(0.71, 1.33, 1.22, -6.03),
        dark_without_hv=LineLaw(1.48, 0.0, 0.0, -6.67),
        bright_without_hv=LineLaw(1.13, 0.0, 0.0, -6.05),
    ),
    wide=Sides(
        distances=(480.0, 1000.0),
        dark=LineLaw(0.28, 0.55, 2.31, -2.64),
        bright=LineLaw(0.0, 1.29, 2.16, -5.45),
        dark_without_hv=LineLaw(1.19, 0.0, 0.0, -8.77),
        bright_without_hv=LineLaw(0.23, 0.0, 0.0, -4.79),
    ),
    context=Context(0.51, 1.85, -1.51, -1.84),
    context_without_hv=Context(0.52, 2.00, -2.76, -5.94),
)
