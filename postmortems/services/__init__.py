"""Writes: one function for each thing that a person means to do.

Every function takes its ``actor``, runs in one transaction and records what changed. Who may do it
is checked before, at the door; what the state of the document allows is checked here, under lock.
"""
