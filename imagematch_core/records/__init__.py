"""The parts of a record beside its signature: id, path, revision, tags, body."""
