"""A trained model on disk, and what it must know beside its weights."""

from pathlib import Path
from typing import Any, NamedTuple

from ..training.cards import put_weights, read_card, read_weights
from .network import EchoSequenceNetwork, Sizes
from .reading import Calibration

#: What the card says the model is.
KIND = "waveform sequences"

#: The model that comes with iceco: trained on simulated worlds alone, as its card says.
SIMULATED = Path(__file__).parent / "simulated"

#: A card that asks for larger layers than this is not believed.
LARGEST_SIZE = 4096


class Settings(NamedTuple):
    """What decides how a model reads."""

    lead_distance_m: float  #: its probability is that of a lead nearer than this
    sequence: int  #: records along the track that it was trained on
    packed: bool  #: reads echoes as the product packs them
    kinds: tuple[str, ...]  #: of echo (``sequences.KINDS``)
    features: tuple[str, ...]
    sizes: Sizes
    calibration: Calibration


class Model(NamedTuple):
    """A trained model."""

    network: EchoSequenceNetwork
    settings: Settings
    sha256: str  #: of its weights


def as_options(settings: Settings) -> dict[str, Any]:
    """Return settings as JSON has them."""
    sizes, calibration = settings.sizes._asdict(), settings.calibration._asdict()
    return settings._asdict() | {"sizes": sizes, "calibration": calibration}


def open_model(folder: str | Path) -> Model:
    """Open a model that ``learn.train`` wrote; loading it runs no code of it.

    Raises
    ------
    ValueError
        If there is none, it is of another kind, damaged, or its card does not fit.
    """
    card = read_card(folder, KIND)
    settings = _settings(folder, card["options"])
    network = EchoSequenceNetwork(settings.sizes)
    put_weights(network, read_weights(folder, card), str(folder))
    network.eval()
    return Model(network, settings, card["sha256"])


def _settings(folder: str | Path, options: dict[str, Any]) -> Settings:
    try:
        settings = Settings(
            float(options["lead_distance_m"]),
            int(options["sequence"]),
            bool(options["packed"]),
            tuple(map(str, options["kinds"])),
            tuple(map(str, options["features"])),
            Sizes(**{name: int(value) for name, value in options["sizes"].items()}),
            Calibration(**{name: float(value) for name, value in options["calibration"].items()}),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ValueError(f"{folder}: its card lacks options of the network; train again") from error
    numbers = (settings.sequence, *settings.sizes._replace(features=1))
    fits = (len(settings.kinds), len(settings.features)) == settings.sizes[2:0:-1]
    if not fits or not all(0 < number <= LARGEST_SIZE for number in numbers):
        raise ValueError(f"{folder}: its card's sizes make no network; train again")
    return settings
