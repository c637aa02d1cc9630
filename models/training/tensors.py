"""Named tensors in files that hold no code, and are known by their checksum."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from ...products.beside import written_beside


def write_tensors(path: Path, tensors: Mapping[str, torch.Tensor]) -> str:
    """Write tensors to a safetensors file that appears whole; return its SHA-256.

    They may be on any device, and share memory; in the file each has its own.
    """
    own = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
    content = save(own)
    with written_beside(path) as part, part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(content).hexdigest()


def read_tensors(path: Path, sha256: str, remedy: str) -> dict[str, torch.Tensor]:
    """Return the tensors of a safetensors file, on the CPU.

    Parameters
    ----------
    path : Path
    sha256 : str
        What the file's checksum must be.
    remedy : str
        What to do if it cannot be used: the end of the sentence that says so.

    Raises
    ------
    ValueError
        If the file is missing, or not the one that was written.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ValueError(f"{path}: is missing; {remedy}") from error
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror}); {remedy}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"{path}: is not the file that was written, it is damaged; {remedy}")
    try:
        return load(content)
    except SafetensorError as error:
        raise ValueError(f"{path}: is no safetensors file ({error}); {remedy}") from error
