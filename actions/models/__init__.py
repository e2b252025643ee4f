"""Corrective actions."""

from actions.models.action import CorrectiveAction, Relaunch, late_at

__all__ = ["CorrectiveAction", "Relaunch", "late_at"]
