"""Pictures as files: names that can be drawn, and files that appear whole or not at all."""

from pathlib import Path

from matplotlib.figure import Figure

from ..products.beside import written_beside

ENDINGS = (".png", ".pdf", ".svg")
DOTS_PER_INCH = 250


def check_figure_name(path: str | Path) -> None:
    """Refuse the name of a picture that ``save_figure`` could not write.

    Raises
    ------
    ValueError
        If it does not end in .png, .pdf or .svg, or its folder is not there.
    """
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise ValueError(f"{path}: pictures are drawn as {', '.join(ENDINGS)}")
    if not path.parent.is_dir():
        raise ValueError(f"{path}: there is no folder {path.parent} to write it in")


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure as .png, .pdf or .svg; it appears whole or not at all.

    Raises
    ------
    ValueError
        As ``check_figure_name`` does.
    """
    check_figure_name(path)
    with written_beside(path) as part:
        figure.savefig(part, format=Path(path).suffix[1:], dpi=DOTS_PER_INCH)
