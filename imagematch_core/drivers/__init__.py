"""The two embedded drivers, registered through entry points like any other."""
