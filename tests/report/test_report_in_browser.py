"""The page in a browser: whole, quiet, and it answers."""

import pytest
from browser import chromium, opened

pytestmark = pytest.mark.skipif(chromium() is None, reason="needs a browser: Debian's chromium")

#: Errors and warnings of the page.
COMPLAINTS = ("error", "warning", "assert")
MODEL = "Bokeh.documents.flatMap((one) => [...one.all_models]).find((one) => one.name === '{name}')"


@pytest.fixture(scope="module")
def page(made, tmp_path_factory):
    with opened(made.path, tmp_path_factory.mktemp("profile")) as page:
        yield page


def model(name):
    return MODEL.format(name=name)


def map_range(page):
    ends = "[o.x_range.start, o.x_range.end, o.y_range.start, o.y_range.end]"
    return page.evaluate(f"(() => {{ const o = {model('overview')}; return {ends}; }})()")


def middle_of(page, name):
    """Return the middle of a plot's frame in the window, having scrolled to it."""
    script = f"""(() => {{
        const view = Bokeh.index.find_one_by_id({model(name)}.id);
        view.el.scrollIntoView({{block: "center", behavior: "instant"}});
        const box = view.canvas_view.el.getBoundingClientRect();
        const frame = view.frame.bbox;
        return [box.left + frame.left + frame.width / 2, box.top + frame.top + frame.height / 2];
    }})()"""
    return page.evaluate(script)


def test_nothing_goes_wrong_and_nothing_is_asked_for(page, made):
    assert_quiet(page, made.path)


def test_every_figure_is_there_and_has_a_size(page):
    sizes = page.evaluate(
        "[...document.querySelectorAll('figure:not(.table)')].map((figure) => {"
        "  const shown = figure.querySelector('img, .plot');"
        "  const box = shown.getBoundingClientRect();"
        "  return [figure.id, box.width, box.height, shown.naturalWidth ?? 1];"
        "})"
    )
    assert [name for name, *_ in sizes] == [f"figure-{k + 1}" for k in range(len(sizes))]
    assert len(sizes) >= 13
    for name, *size in sizes:
        assert min(size) > 0, name
    captions = page.evaluate(
        "[...document.querySelectorAll('figcaption')].map((caption) => caption.textContent)"
    )
    assert all(len(words) > 40 for words in captions)


def test_plots_are_drawn_in_more_than_one_colour(page):
    colours = page.evaluate(f"""(() => {{
        const view = Bokeh.index.find_one_by_id({model("overview")}.id);
        const canvas = view.canvas_view.primary.canvas;
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return new Set(new Uint32Array(pixels.buffer)).size;
    }})()""")
    assert colours > 10


def test_the_wheel_zooms_the_map_and_the_button_brings_it_back(page):
    before = map_range(page)
    x, y = middle_of(page, "overview")
    page.mouse("mouseMoved", x, y)
    page.mouse("mouseWheel", x, y, deltaX=0, deltaY=-300)
    page.wait_for(f"{model('overview')}.x_range.start !== {before[0]}")
    left, right, bottom, top = map_range(page)
    assert right - left < before[1] - before[0]
    assert right - left == pytest.approx(top - bottom, rel=1e-6)  # the aspect stays
    page.evaluate("document.querySelector('button[data-ranges]').click()")
    assert map_range(page) == pytest.approx(before)


def test_a_kilometre_is_as_long_upwards_as_sideways(page):
    left, right, bottom, top = map_range(page)
    width, height = page.evaluate(
        f"(({{width, height}}) => [width, height])"
        f"(Bokeh.index.find_one_by_id({model('overview')}.id).frame.bbox)"
    )
    assert (right - left) / width == pytest.approx((top - bottom) / height, rel=5e-3)


def test_the_map_can_show_the_whole_arctic(page):
    page.evaluate("document.querySelectorAll('button[data-ranges]')[1].click()")
    left, right, bottom, top = map_range(page)
    assert (right - left, top - bottom) == (8_600_000, 8_600_000)
    page.evaluate("document.querySelector('button[data-ranges]').click()")


def test_dragging_moves_the_map(page):
    before = map_range(page)
    x, y = middle_of(page, "overview")
    page.mouse("mousePressed", x, y, button="left", clickCount=1)
    page.mouse("mouseMoved", x + 60, y, button="left", buttons=1)
    page.mouse("mouseReleased", x + 60, y, button="left", clickCount=1)
    page.wait_for(f"{model('overview')}.x_range.start < {before[0]}")
    page.evaluate("document.querySelector('button[data-ranges]').click()")


def test_pointing_at_a_track_names_its_file_and_time(page):
    middle_of(page, "overview")
    x, y = page.evaluate(place_on_track())
    page.mouse("mouseMoved", x - 30, y)
    page.mouse("mouseMoved", x, y)
    page.wait_for(f"({TOOLTIP}).includes('SRL_GPS_2PfP030')")
    assert "2024-03-15" in page.evaluate(TOOLTIP)
    page.mouse("mouseMoved", 5, 5)


def place_on_track():
    """Return a script that gives the middle of the last line drawn on the map in the window."""
    return f"""(() => {{
        const map = {model("overview")};
        const view = Bokeh.index.find_one_by_id(map.id);
        const lines = map.renderers.filter((one) => one.name && one.name.startsWith("layer-"));
        const data = lines[lines.length - 1].data_source.data;
        const middle = Math.floor(data.xs[0].length / 2);
        const box = view.canvas_view.el.getBoundingClientRect();
        const at = (k) => [view.frame.x_scale.compute(data.xs[0][k]),
                           view.frame.y_scale.compute(data.ys[0][k])];
        const [a, b] = [at(middle - 1), at(middle)];
        return [box.left + (a[0] + b[0]) / 2, box.top + (a[1] + b[1]) / 2];
    }})()"""


def test_fine_lines_are_hidden_on_the_wide_map(page):
    near = f"{model('near')}.visible"
    assert page.evaluate(near)
    page.evaluate("document.querySelectorAll('button[data-ranges]')[1].click()")
    page.wait_for(f"!{near}")
    page.evaluate("document.querySelector('button[data-ranges]').click()")
    page.wait_for(near)


def test_buttons_hide_and_show_layers(page):
    shown = f"{model('layer-0')}.visible"
    assert page.evaluate(shown)
    for state in (False, True):
        page.evaluate("document.querySelector('button[data-layer=layer-0]').click()")
        assert page.evaluate(shown) is state
        pressed = "document.querySelector('button[data-layer=layer-0]').ariaPressed"
        assert page.evaluate(pressed) == str(state).lower()


@pytest.mark.parametrize("height", [250, 110, 220])
def test_pointing_at_a_record_reads_it(page, height):
    x, y = middle_of(page, f"pass-al-{height}")
    page.mouse("mouseMoved", x - 3, y)
    page.mouse("mouseMoved", x, y)
    page.wait_for(f"({TOOLTIP}).includes('by the image')")
    words = page.evaluate(TOOLTIP)
    assert "2024-03-15" in words and " m (68 %: " in words and "p = 0." in words
    page.mouse("mouseMoved", 5, 5)


def test_the_panels_of_a_pass_move_together(page):
    ranges = {page.evaluate(f"{model(f'pass-al-{h}')}.x_range.id") for h in (250, 110, 220)}
    assert len(ranges) == 1


@pytest.mark.parametrize("width", [390, 800, 1400])
def test_no_width_needs_scrolling_sideways(page, width):
    page.resize(width, 900)
    page.wait_for(f"document.documentElement.scrollWidth <= {width}")  # plots follow a little later
    page.wait_for(
        "Math.max(...[...document.querySelectorAll('.plot, .scroll, p, h1, h2, nav')]"
        f".map((one) => one.getBoundingClientRect().right)) <= {width}"
    )


def test_hostile_names_are_said_and_do_nothing(hostile_page, tmp_path):
    with opened(hostile_page, tmp_path) as page:
        middle_of(page, "overview")
        x, y = page.evaluate(place_on_track())
        page.mouse("mouseMoved", x - 30, y)
        page.mouse("mouseMoved", x, y)
        page.wait_for(f"({TOOLTIP}).includes('<img src=x onerror=alert(1)>')")
        assert_quiet(page, hostile_page)
        assert page.told("Page.javascriptDialogOpening") == []


def assert_quiet(page, path):
    """No complaint of the page, and nothing asked for beside itself."""
    calls = [c for c in page.told("Runtime.consoleAPICalled") if c["type"] in COMPLAINTS]
    entries = [e["entry"] for e in page.told("Log.entryAdded")]
    assert (calls, page.told("Runtime.exceptionThrown"), entries) == ([], [], [])
    asked = {told["request"]["url"] for told in page.told("Network.requestWillBeSent")}
    assert {url for url in asked if not url.startswith("data:")} == {path.as_uri()}


#: What the open tooltips say; they lie in the shadow of the page.
TOOLTIP = """(() => {
    const words = [];
    const search = (root) => {
        for (const one of root.querySelectorAll("*")) {
            if (one.classList.contains("bk-tooltip-content")) words.push(one.textContent);
            if (one.shadowRoot) search(one.shadowRoot);
        }
    };
    search(document);
    return words.join(" ");
})()"""
