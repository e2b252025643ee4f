"""Formats of dates where Django's own would be misread. ``FORMAT_MODULE_PATH`` points here."""
