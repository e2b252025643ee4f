"""Corrective actions."""

from actions.models.action import OPEN_STATUSES, CorrectiveAction, Relaunch

__all__ = ["OPEN_STATUSES", "CorrectiveAction", "Relaunch"]
