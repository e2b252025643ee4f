"""Composition root: configuration, entry points and what surrounds every request."""
