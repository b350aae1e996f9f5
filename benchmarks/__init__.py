"""Measurements beside image-match and others. Each module is a command."""
