"""How much of the logic of the rules the tests exercise: every leaf and group deciding, as yes, no and unknown."""
