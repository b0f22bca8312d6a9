"""Khéo, the assistant for the “Dân vận khéo” emulation movement."""
