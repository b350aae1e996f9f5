"""Which pictures are near copies of which: searches, pairs, groups."""
