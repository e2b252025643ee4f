"""Pages and fragments: door, form, service, answer."""
