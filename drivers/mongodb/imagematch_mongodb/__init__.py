"""imagematch's driver for MongoDB."""

from .driver import MongoDBDriver

__all__ = ["MongoDBDriver"]
