"""Questions about every patient at once, put to a solver: rules that cannot fire, pairs that clash, safety that leaks.

A patient is a handful of yes-or-no terms for each fact, unknown included; conditions and standings are built on them.
"""
