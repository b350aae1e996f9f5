"""The one error of this package."""


class ServerError(Exception):
    """A server could not be had: says which, why, and what to do."""
