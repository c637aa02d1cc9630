"""Which of the files named to ``iceco densify`` are scenes, tracks and referees."""

from pathlib import Path
from typing import NamedTuple

from ..collocate.catalogue import SCENE_KINDS
from ..products.recognise import NotAProduct, identify

#: Kinds that are neither tracks nor scenes.
NEITHER = ("swot", "osi405", "nsidc0116", "vectors", "chart", "buoys")


class Files(NamedTuple):
    """Files, each list in the order given."""

    scenes: list[Path]
    tracks: list[Path]
    swot: list[Path]  #: that judge, and take no part
    atl10: list[Path]  #: likewise


def sort_out(named: list[Path], more: list[Path], swot: list[Path], atl10: list[Path]) -> Files:
    """Return what files are, by their content.

    A shell turns ``--scenes S*.SAFE`` into one scene for the option and the others among ``more``,
    and referees likewise.

    Parameters
    ----------
    named : list of Path
        With --scenes and --tracks.
    more : list of Path
        Without an option: scenes, tracks, and where some are named with the option, referees.
    swot, atl10 : list of Path
        With --validate-swot and --validate-atl10.

    Raises
    ------
    ValueError
        If a file is none of what its option asks for, is to be both a track and a referee, or
        there is no track.
    """
    kinds = {path: _kind(path) for path in [*named, *more, *swot, *atl10]}
    for kind, option, paths in (
        ("swot", "--validate-swot needs granules of SWOT", swot),
        ("atl10", "--validate-atl10 needs granules of ATL10", atl10),
    ):
        for path in paths:
            if kinds[path] != kind:
                raise ValueError(f"{path}: {option}, this is of kind {kinds[path]}")
            if path in named:
                raise ValueError(f"{path}: is to be mapped from and to judge the map; choose one")
    swot = [*swot, *(path for path in more if swot and kinds[path] == "swot")]
    atl10 = [*atl10, *(path for path in more if atl10 and kinds[path] == "atl10")]
    mapped = [path for path in [*named, *more] if path not in [*swot, *atl10]]
    scenes = [path for path in mapped if kinds[path] in SCENE_KINDS]
    tracks = [path for path in mapped if path not in scenes]
    for path in tracks:
        if kinds[path] in NEITHER:
            raise ValueError(
                f"{path}: is of kind {kinds[path]}, neither a track nor a scene; a swath to follow "
                "is named with --like, one to judge by with --validate-swot, drift with --drift"
            )
    if not tracks:
        raise ValueError("no altimeter track is named: --tracks FILE with freeboard")
    return Files(scenes, tracks, list(dict.fromkeys(swot)), list(dict.fromkeys(atl10)))


def _kind(path: Path) -> str:
    """Return what a file is; files of iceco freeboard are no agency's product."""
    try:
        return identify(path)
    except NotAProduct:
        return "freeboard"
