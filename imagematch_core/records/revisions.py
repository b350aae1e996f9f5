"""Revisions: texts that change with a picture, so that what has not changed is not signed again."""

import os

from ..sources.remote_file import RemoteFile


def file_revision(signature_format: str, stat: os.stat_result) -> str:
    """By what a change of a local file is noticed: its size and time of modification."""
    return f"{signature_format} {_size_and_time(stat)}"


def is_unchanged(revision: str, stat: os.stat_result) -> bool:
    """Whether a local file is as it was when `file_revision` gave it `revision`."""
    return revision.partition(" ")[2] == _size_and_time(stat)


def _size_and_time(stat: os.stat_result) -> str:
    return f"size={stat.st_size} mtime_ns={stat.st_mtime_ns}"


def remote_revision(signature_format: str, file: RemoteFile) -> str | None:
    """By what a change of a file in a store is noticed; None where only its content tells."""
    if file.version is None:
        return None
    return f"{signature_format} size={file.size} {file.version}"


def content_revision(signature_format: str, digest: str) -> str:
    """By what a change of any other source is noticed: the SHA-256 of its content."""
    return f"{signature_format} sha256={digest}"
