"""What a driver writes of a record that is replaced."""

from imagematch_core.protocol import Changes


def test_only_what_differs_is_written_in_the_order_of_the_table() -> None:
    changes = Changes[int]()
    changes.note(7, old=(), new=(5, 1))
    changes.note(3, old=(1, 2, 2), new=(2, 1, 9))
    changes.note(4, old=(8, 1), new=())
    assert changes.added == [(1, 7), (5, 7), (9, 3)]
    assert changes.removed == [(1, 4), (8, 4)]
