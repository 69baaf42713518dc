"""Which data decide: what settles each open option, which test to get next, and which numbers lie close to a threshold.

Everything is tried, not estimated: a fact is given each value on which a rule in force turns, and the options are
weighed again. A fact is tried alone or with others of the same option; what follows from it for other facts is not.
"""
