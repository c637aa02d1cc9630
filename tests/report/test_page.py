"""The page as text: what it says, what it escapes, and what it says of what is missing."""

import html
import json
import re

import pytest
from finished_run import small_scores, write_judgement
from small_collocations import write_collocations
from small_vectors import grid_vectors

from iceco.products.vectors import write_vectors
from iceco.report.build import report
from iceco.report.parts import found


def text_of(path):
    return path.read_text(encoding="utf-8")


def words_of(path):
    """Return what a page says, without its scripts, styles and tags."""
    bare = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", text_of(path))
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", bare)).split())


def rows_of(path, first):
    """Return the cells of the row of a table that begins with some words."""
    row = re.search(rf"<tr><th scope=\"row\">{re.escape(first)}</th>(.*?)</tr>", text_of(path))
    return re.findall(r"<td[^>]*>(.*?)</td>", row[1])


def test_a_whole_run_lacks_nothing_and_names_no_trouble(made):
    assert made.troubles == []
    assert made.notes == []
    assert made.size == made.path.stat().st_size < 12e6


def test_nothing_is_loaded_from_anywhere(made):
    tags = re.sub(r"(?s)(<(script|style)\b[^>]*>).*?</\2>", r"\1", text_of(made.path))
    addresses = re.findall(r"""(?:src|href|action|data|poster)\s*=\s*["']?([^"'\s>]*)""", tags)
    assert {address[:5] for address in addresses if not address.startswith("#")} == {"data:"}
    assert "default-src 'none'" in tags
    assert "@import" not in text_of(made.path)


def test_results_stand_beside_the_best_of_their_baselines(made):
    value, baseline, _ = rows_of(made.path, "freeboard beside SWOT, RMSE [cm]")
    assert value == "11.0 (9.9 to 12.1), network"
    assert baseline == "13.8, kriging with HV drift"
    predictors = small_scores()["strata"]["all"]["predictors"]
    area, rival, _ = rows_of(made.path, "leads told by their echoes: area under ROC")
    assert area.startswith(f"{predictors['network']['auc'][0]:.3f} (")
    best = max(predictors[name]["auc"][0] for name in ("random forest", "awi"))
    assert rival == f"{best:.3f}, AWI"


def test_the_best_of_each_column_is_bold(made):
    cells = re.search(
        r"<tr><th scope=\"row\">kriging with HV drift</th>(.*?)</tr>", text_of(made.path)
    )[1]
    assert 'class="strong"' not in cells
    (cells, *_) = re.findall(
        r"<tr><th scope=\"row\">network</th>(<td class=\"strong\">.*?)</tr>", text_of(made.path)
    )
    assert cells.startswith('<td class="strong">11.0 (9.9 to 12.1)</td>')


def test_inputs_are_named_with_their_checksums_and_whether_they_changed(made, finished_run):
    words = words_of(made.path)
    summary = json.loads((finished_run / "collocations" / "_collocations.json").read_text())
    for digest in summary["inputs"].values():
        assert digest in words
    assert rows_of(made.path, str(finished_run / "collocations"))[0] == "changed since"
    assert rows_of(made.path, next(iter(summary["inputs"])))[0] == "as it was"


def test_figures_are_numbered_without_gaps_and_have_alternative_texts(made):
    numbers = [int(n) for n in re.findall(r"<b>Figure (\d+)\.</b>", text_of(made.path))]
    assert numbers == list(range(1, len(numbers) + 1))
    images = re.findall(r"<img [^>]*>", text_of(made.path))
    assert all(re.search(r'alt="[^"]{20,}"', image) for image in images)


@pytest.fixture
def partial(tmp_path):
    """A run of which there are collocations alone, whose files are gone."""
    write_collocations(tmp_path / "run" / "labels", days=2, records=60)
    return tmp_path / "run"


def test_a_partial_run_says_what_is_missing_and_what_would_make_it(partial):
    told = report(partial, partial / "report.html")
    assert told.troubles == []
    words = words_of(told.path)
    for missing, command in (
        ("No scene, track or swath lies in this folder", ""),
        ("None of the scenes of the collocations is where it was", ""),
        ("what a model says of their echoes is not there", "iceco classify TRACK --out leads"),
        ("No model was trained here", "iceco train-lstm COLLOCATIONS --out model --baselines"),
        ("No freeboard along tracks", "iceco freeboard TRACK --out freeboard"),
        ("No grid of freeboard", "iceco densify SCENES freeboard/* --like SWATH --out map.nc"),
    ):
        assert missing in words and command in words
        assert any(missing in note for note in told.notes)


def test_labels_alone_are_shown_where_nothing_was_predicted(partial):
    words = words_of(report(partial, partial / "report.html").path)
    assert "60 records over the scene S1A_000" in words
    assert "by the image (grey) Below" in words  # and no word of predictions


def test_damage_is_named_on_the_page_and_the_rest_is_shown(partial):
    (partial / "cut.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + b"0" * 50)
    write_judgement(partial / "map.validation")
    picture = partial / "map.validation" / "maps.png"
    picture.write_bytes(picture.read_bytes()[:-20])
    told = report(partial, partial / "report.html")
    words = words_of(told.path)
    assert "What could not be used" in words
    assert "cut.nc" in words and "maps.png is no PNG picture, or cut off" in words.replace(
        ": is", " is"
    )
    assert "60 records over" in words
    assert len(told.troubles) == 2


def test_a_damaged_part_of_a_dataset_is_named(partial):
    (part, *_) = sorted((partial / "labels").rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-100])
    told = report(partial, partial / "report.html")
    assert any("labels" in trouble for trouble in told.troubles)


def test_what_runs_left_out_is_listed(partial):
    summary = partial / "labels" / "_collocations.json"
    failure = {"path": "S1A_broken.SAFE", "reason": "the file is cut off"}
    summary.write_text(json.dumps({"records": 120, "failures": [failure]}))
    (partial / "next.partial").mkdir()
    words = words_of(report(partial, partial / "report.html").path)
    assert "S1A_broken.SAFE the file is cut off" in words
    assert "next.partial: this run has not ended" in words


def test_names_and_attributes_are_never_markup(hostile_page):
    text = text_of(hostile_page)
    assert "<img src=x" not in text and "onerror=alert(1)>" not in text
    assert words_of(hostile_page).count("onerror=alert(1)") > 10  # they are said all the same


def test_a_picture_that_is_none_is_refused(tmp_path):
    place = tmp_path / "a.png"
    place.write_bytes(b"GIF89a")
    with pytest.raises(ValueError, match=r"a\.png: is no PNG picture"):
        found(place, "", "")


def test_a_page_needs_a_folder_to_stand_in(partial, tmp_path):
    with pytest.raises(ValueError, match="there is no folder"):
        report(partial, tmp_path / "absent" / "report.html")
    with pytest.raises(ValueError, match="is a folder; name a file"):
        report(partial, tmp_path)


def test_a_page_in_the_folder_is_no_part_of_the_next(partial):
    first = report(partial, partial / "report.html")
    second = report(partial, partial / "report.html")
    assert (first.notes, first.troubles) == (second.notes, second.troubles)
    assert abs(first.size - second.size) < 100


def test_vectors_between_scenes_are_drawn_and_only_they_make_a_chapter(made, tmp_path):
    assert "How the ice moved" not in words_of(made.path)
    for name in ("drift.nc", "e.nc", "f.nc", "g.nc"):
        write_vectors(grid_vectors(), tmp_path / name)
    (tmp_path / "cut.nc").write_bytes((tmp_path / "drift.nc").read_bytes()[:3000])
    told = report(tmp_path, tmp_path / "report.html")
    assert "How the ice moved" in words_of(told.path)
    assert "drift.nc: (a) how far the ice went" in words_of(told.path)
    assert "1 more file of vectors: not drawn." in words_of(told.path)
    (trouble,) = told.troubles
    assert trouble.startswith("cut.nc:")
