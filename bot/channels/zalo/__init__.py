"""Zalo, by its Bot Platform."""
