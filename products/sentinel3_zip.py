"""The measurement file of a zipped Sentinel-3 product, read without unpacking the zip to disk."""

import zipfile
import zlib
from pathlib import Path, PurePosixPath

import netCDF4

from .netcdf import open_netcdf_bytes

#: A whole orbit of echoes has less than a tenth of this [bytes].
LARGEST = 2 * 2**30

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


def open_zipped(path: Path, measurements: tuple[str, ...]) -> netCDF4.Dataset:
    """Open the first of some files that a zip holds, wherever in it the file lies.

    Parameters
    ----------
    path : Path
    measurements : tuple of str
        Names without folders, the best first.

    Raises
    ------
    ValueError
        If the zip is damaged, has none or several of the best file, or it is far too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            member = _member(path, archive, measurements)
            if member.file_size > LARGEST:
                raise ValueError(f"{path}: {member.filename} is far too large; it is refused")
            content = archive.read(member)
    except _DAMAGED as error:
        raise ValueError(
            f"{path}: the zip is cut off or damaged ({error}); copy it again"
        ) from error
    return open_netcdf_bytes(f"{path}/{member.filename}", content)


def _member(path: Path, archive: zipfile.ZipFile, measurements: tuple[str, ...]) -> zipfile.ZipInfo:
    for name in measurements:
        found = [m for m in archive.infolist() if PurePosixPath(m.filename).name == name]
        if len(found) > 1:
            raise ValueError(f"{path}: the zip holds {len(found)} products; unpack it")
        if found:
            return found[0]
    raise ValueError(f"{path}: the zip has none of the files {', '.join(measurements)}")
