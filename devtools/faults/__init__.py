"""Faults that are made on purpose, and what comes of them: one table, all zeros at its end.

`python -m devtools.faults` runs the groups, each a module with a function `run`. What is
acknowledged is counted and looked for afterwards, every answer is compared with what it must be,
and every exception with the promise that it is an `ImageMatchError`. `--planted` breaks imagematch
in each group first: the group has to notice.
"""
