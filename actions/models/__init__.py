"""Corrective actions."""

from actions.models.action import OPEN_STATUSES, CorrectiveAction, Relaunch, late_at

__all__ = ["OPEN_STATUSES", "CorrectiveAction", "Relaunch", "late_at"]
