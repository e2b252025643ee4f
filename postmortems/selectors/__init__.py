"""Reads. Nothing here writes, and nothing here decides who may read (``permissions`` does)."""
