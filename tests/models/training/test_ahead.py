"""Items made ahead: the same ones, in order, and no thread stays behind."""

import threading

import pytest

from iceco.models.training.ahead import DEPTH, ahead


def test_items_come_in_their_order():
    assert list(ahead(range(100))) == list(range(100))
    assert list(ahead(())) == []
    assert list(ahead([None, None])) == [None, None]


def test_no_more_are_made_than_may_wait():
    made = []
    items = ahead(made.append(n) or n for n in range(50))
    assert next(items) == 0
    assert len(made) <= DEPTH + 2  # those that wait, the one given, and one with nowhere to go
    items.close()


def test_closing_ends_the_thread():
    before = threading.active_count()
    items = ahead(iter(int, 1))
    next(items)
    items.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("error", [ValueError("odd"), KeyboardInterrupt()])
def test_errors_come_after_what_was_made_before_them(error):
    def failing():
        yield 1
        yield 2
        raise error

    items = ahead(failing())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(type(error)):
        next(items)
