"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The first call of a compiled loop takes seconds; in CI the same examples are tried each time.
settings.register_profile("iceco", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("iceco")


def pytest_collection_modifyitems(items):
    """Begin with the modules that have slow tests, so that no worker is left alone with one."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """Folder of real sample files; the test is skipped where there is none."""
    folder = os.environ.get("ICECO_SAMPLE_DATA")
    if not folder:
        pytest.skip("needs real sample files: set ICECO_SAMPLE_DATA to their folder")
    return Path(folder)


@pytest.fixture(scope="session")
def demo_world(tmp_path_factory: pytest.TempPathFactory):
    """A scene, a pass and a drift product of one world, made once, with what is true of them."""
    from simulated import make_simulated, plain_plan

    return make_simulated(tmp_path_factory.mktemp("world"), plain_plan())


@pytest.fixture(scope="module")
def one_thread():
    """Sums of floats, and so the last digits of a training, depend on the number of threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
