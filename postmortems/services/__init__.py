"""Writes: one function for each thing that a person means to do, each in one transaction.

What changes an incident or a post-mortem takes its ``actor`` and records what changed; accounts and the
installation's settings keep no history. Who may do it is checked before, at the door; what the state of
the document allows is checked here, under lock.
"""
