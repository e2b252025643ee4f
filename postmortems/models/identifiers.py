"""Identifiers that appear in addresses."""

import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"

IDENTIFIER_LENGTH = 12


def new_identifier() -> str:
    """A random identifier (58 bits) that says nothing about how many others exist."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(IDENTIFIER_LENGTH))
