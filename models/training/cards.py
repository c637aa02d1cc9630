"""A model on disk: a folder with weights and a card that says what they are.

``weights.safetensors`` holds numbers and nothing else, ``card.json`` holds text: to load a model
runs no code of it.
"""

import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ... import __version__
from .tensors import read_tensors, write_tensors

CARD, WEIGHTS = "card.json", "weights.safetensors"

#: What every card says, and in which form.
CARD_KEYS: dict[str, type] = {
    "kind": str,  #: what sort of model it is, "waveform lstm"
    "iceco_version": str,  #: that made it; filled in where it is missing
    "data": dict,  #: ids and checksums of what it was trained on
    "split": dict,  #: how it was divided, and how large the parts are
    "normalisation": dict,  #: of the inputs
    "options": dict,  #: all that the network and its training were told
    "scores": dict,  #: with their counts and intervals
    "licence": str,
    "note": str,  #: what a user must know before using it
}
#: Layout of cards; one that is larger was made by a later iceco.
CARD_VERSION = 1
#: Cards hold text and tables; a larger one is none [byte].
LARGEST_CARD = 16 << 20
#: Weights are read at once; a larger file is none of ours [byte].
LARGEST_WEIGHTS = 2 << 30

_REMEDY = "copy or train the model again"


def write_model(
    folder: str | Path, weights: Mapping[str, torch.Tensor], card: Mapping[str, Any]
) -> None:
    """Write a model; its folder appears whole, and replaces an earlier model.

    Parameters
    ----------
    folder : path
    weights : mapping of name to tensor
        Finite throughout.
    card : mapping
        ``CARD_KEYS`` and what JSON can hold, NumPy's numbers and arrays too; what is not finite
        becomes null.  The weights' checksum is added.

    Raises
    ------
    ValueError
        If the card or the weights are not as they must be, or the folder holds something else or
        cannot be written.
    """
    folder = Path(folder).absolute()
    told = {"iceco_version": __version__} | _plain(dict(card))
    _require_keys(told, "the card")
    _require_finite(weights, folder)
    if folder.exists() and not _replaceable(folder):
        raise ValueError(f"{folder}: exists and is no model; name another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            part.chmod(0o777 & ~_umask())
            told |= {"card_version": CARD_VERSION, "sha256": write_tensors(part / WEIGHTS, weights)}
            (part / CARD).write_text(json.dumps(told, indent=1, allow_nan=False) + "\n")
            _take_place(part, folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise ValueError(f"{folder}: cannot be written ({error.strerror or error})") from error


def read_card(folder: str | Path, kind: str | None = None) -> dict[str, Any]:
    """Return the card of a model.

    Parameters
    ----------
    folder : path
    kind : str, optional
        What the model must be.

    Raises
    ------
    ValueError
        If there is no card, it is none, a later iceco made it, or the model is of another kind.
    """
    path = Path(folder) / CARD
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_CARD + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ValueError(f"{folder}: is no model, it has no {CARD}") from error
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) > LARGEST_CARD:
        raise ValueError(f"{path}: is no card, it is larger than {LARGEST_CARD >> 20} MiB")
    try:
        card = json.loads(content.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: is not JSON or cut off; {_REMEDY}") from error
    _require_card(card, str(path))
    if kind is not None and card["kind"] != kind:
        raise ValueError(f"{folder}: is a model of kind {card['kind'][:60]!r}, need {kind!r}")
    return card


def read_weights(folder: str | Path, card: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Return the weights that belong to a card, on the CPU.

    Raises
    ------
    ValueError
        If they are missing, damaged, those of another card, or not finite.
    """
    path = Path(folder) / WEIGHTS
    if path.is_file() and path.stat().st_size > LARGEST_WEIGHTS:
        raise ValueError(f"{path}: is larger than {LARGEST_WEIGHTS >> 30} GiB; {_REMEDY}")
    weights = read_tensors(path, card["sha256"], _REMEDY)
    _require_finite(weights, path)
    return weights


def put_weights(network: torch.nn.Module, weights: Mapping[str, torch.Tensor], source: str) -> None:
    """Give a network its weights.

    Raises
    ------
    ValueError
        If they are those of another network; ``source`` names where they are from.
    """
    own = {name: (value.shape, value.dtype) for name, value in network.state_dict().items()}
    given = {name: (value.shape, value.dtype) for name, value in weights.items()}
    if own != given:
        odd = sorted(n for n in own.keys() | given.keys() if own.get(n) != given.get(n))
        raise ValueError(
            f"{source}: its weights do not fit the network that its card describes "
            f"({odd[0][:60]!r} differs); {_REMEDY}"
        )
    network.load_state_dict(dict(weights))


def require_place(out: Path) -> None:
    """Refuse to train for hours what could not be written.

    Raises
    ------
    ValueError
        If something else is there.
    """
    if out.exists() and not (out / CARD).is_file():
        raise ValueError(f"{out}: exists and is no model; name another folder")
    if not out.absolute().parent.is_dir():
        raise ValueError(f"{out}: there is no folder {out.parent} to write it in")


def _require_card(card: Any, name: str) -> None:
    version = card.get("card_version") if isinstance(card, dict) else None
    if type(version) is not int or version < 1:
        raise ValueError(f"{name}: is not the card of a model")
    if version > CARD_VERSION:
        raise ValueError(
            f"{name}: was made by a later iceco ({str(card.get('iceco_version'))[:20]}); update "
            f"iceco, this is {__version__}"
        )
    _require_keys(card, name)
    sha256 = card.get("sha256")
    if not isinstance(sha256, str) or not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ValueError(f"{name}: has no checksum of the weights; {_REMEDY}")


def _require_keys(card: Mapping[str, Any], name: str) -> None:
    wrong = [key for key, form in CARD_KEYS.items() if not isinstance(card.get(key), form)]
    if wrong:
        raise ValueError(f"{name}: lacks {', '.join(wrong)}, or has it in another form")


def _require_finite(weights: Mapping[str, torch.Tensor], place: Path) -> None:
    odd = [name for name, value in weights.items() if not bool(torch.isfinite(value).all())]
    if odd:
        raise ValueError(f"{place}: its weights are not all finite ({odd[0][:60]!r})")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _plain(value: Any) -> Any:
    """Return what JSON can hold: null for what is not finite."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _replaceable(folder: Path) -> bool:
    return folder.is_dir() and ((folder / CARD).is_file() or not any(folder.iterdir()))


def _take_place(part: Path, folder: Path) -> None:
    """Rename a whole model to its place; an earlier one goes when the new one is there."""
    if not folder.exists():
        part.rename(folder)
        return
    former = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    folder.rename(former)
    try:
        part.rename(folder)
    except OSError:
        former.rename(folder)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _umask() -> int:
    """Return which rights new files do not get, which can be asked only by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
