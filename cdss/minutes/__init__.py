"""The record of the meeting: what a board decided, by whom and why, beside what the rules laid out for it."""
