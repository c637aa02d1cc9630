"""Where commands that make one file of each track put them."""

from pathlib import Path


def places_for(tracks: list[Path], out: Path, ending: str) -> dict[Path, Path]:
    """Return where what is made of each track goes.

    Parameters
    ----------
    tracks : list of Path
    out : Path
        A file that ends in .nc for a single track, or a folder.
    ending : str
        Files in a folder are named after their track, with this before .nc.

    Raises
    ------
    ValueError
        If one file is named for several tracks, or two tracks have one name.
    """
    if out.suffix == ".nc" and not out.is_dir():
        if len(tracks) > 1:
            raise ValueError(f"{out}: is one file for {len(tracks)} tracks; name a folder")
        return {tracks[0]: out}
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out}: is a file; name one that ends in .nc, or a folder")
    stems = {path: _stem(path.name) for path in tracks}
    places = {path: out / f"{stem}.{ending}.nc" for path, stem in stems.items()}
    if len(set(places.values())) < len(tracks):
        raise ValueError(f"{out}: two of the tracks have one name; take them one at a time")
    return places


def _stem(name: str) -> str:
    for ending in (".zip", ".nc", ".SEN3"):
        name = name.removesuffix(ending)
    return name
