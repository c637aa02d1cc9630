"""The picture of ``iceco collocate --figure``: the scene with most labels, and its records."""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from ..collocate.catalogue import SCENE_KINDS
from ..collocate.figures import plot_scene
from ..collocate.opening import open_collocations
from ..collocate.overview import leads_near, overview
from ..models.leads.finder import threshold_leads
from ..products.recognise import identify, open_product

COLUMNS = (
    "mission", "track_id", "longitude", "latitude", "lag_s", "line", "sample", "drift_dx_m",
    "drift_dy_m", "distance_to_lead_m",
)  # fmt: skip


def picture_of_collocations(folder: Path, inputs: Sequence[Path]) -> Figure:
    """Return the picture of the scene that has most records with a distance.

    Parameters
    ----------
    folder : Path
        Of ``iceco collocate``, with a record at least.
    inputs : sequence of Path
        The products it was made from.
    """
    labels = open_collocations(folder, ["scene_id", "distance_to_lead_m"])
    known = labels.groupby("scene_id")["distance_to_lead_m"].count()
    chosen = str(known.idxmax())
    records = open_collocations(folder, COLUMNS, [("scene_id", "==", chosen)])
    with _scene(chosen, inputs) as scene:
        return plot_scene(overview(scene, leads_near(scene, records, threshold_leads())), records)


def _scene(scene_id: str, inputs: Sequence[Path]) -> xr.Dataset:
    """Return the opened scene of an id; the likeliest names are looked at first."""
    for path in sorted(inputs, key=lambda path: scene_id not in path.name):
        if identify(path) in SCENE_KINDS:
            scene = open_product(path)
            if scene.attrs["scene_id"] == scene_id:
                return scene
            scene.close()
    raise ValueError(f"{scene_id}: the scene is not among the products of the collocations")
