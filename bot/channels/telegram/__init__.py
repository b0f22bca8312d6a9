"""Telegram, through aiogram's client."""
