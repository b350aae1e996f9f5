from tests.photos import photos

__all__ = ["photos"]
