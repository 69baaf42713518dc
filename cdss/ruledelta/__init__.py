"""Two states of the rules side by side: what changed, for which patients the answer differs, and how much that is."""
