"""The file format of a post-mortem: canonical texts, rendering and reading back."""
