"""Mutation testing of rules: every rule is broken in small, named ways, and whatever no example and no case notices is
told with its line.
"""
