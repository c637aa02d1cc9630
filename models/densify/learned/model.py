"""A trained network on disk, and what it must know beside its weights."""

from pathlib import Path
from typing import Any, NamedTuple

from ...training.cards import put_weights, read_card, read_weights
from ..covariates import NAMES
from .network import FreeboardNetwork, Sizes

#: What the card says the model is.
KIND = "freeboard between tracks"
#: The model that comes with iceco: trained on simulated worlds alone, as its card says.
SIMULATED = Path(__file__).parents[1] / "simulated"
#: A card that asks for larger layers than this is not believed.
LARGEST_SIZE = 1024


class Model(NamedTuple):
    """A trained network."""

    network: FreeboardNetwork
    covariates: tuple[str, ...]  #: that it looks at, in their order
    sha256: str  #: of its weights


def as_options(sizes: Sizes, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what decides how a model reads, as JSON has it."""
    return {"sizes": sizes._asdict(), "covariates": list(names)}


def open_model(folder: str | Path = SIMULATED) -> Model:
    """Open a model that ``learn.train`` wrote; loading it runs no code of it.

    Raises
    ------
    ValueError
        If there is none, it is of another kind, damaged, or its card does not fit.
    """
    card = read_card(folder, KIND)
    try:
        options = card["options"]
        sizes = Sizes(**{name: int(value) for name, value in options["sizes"].items()})
        names = tuple(map(str, options["covariates"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{folder}: its card lacks options of the network; train again") from error
    if not all(0 < size <= LARGEST_SIZE for size in sizes) or len(names) != sizes.covariates:
        raise ValueError(f"{folder}: its card's sizes make no network; train again")
    if not set(names) <= set(NAMES):
        raise ValueError(
            f"{folder}: looks at {', '.join(sorted(set(names) - set(NAMES)))}, which this iceco "
            "does not know; train again"
        )
    network = FreeboardNetwork(sizes)
    put_weights(network, read_weights(folder, card), str(folder))
    network.eval()
    return Model(network, names, card["sha256"])
