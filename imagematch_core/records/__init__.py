"""What an index stores of a picture beside its signature: id, path, revision, tags, body."""
