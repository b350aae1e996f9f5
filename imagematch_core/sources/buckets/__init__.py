"""Files in object stores, s3:// and gs://, reached by fsspec, which is an extra."""
