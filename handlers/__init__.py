"""What a person can do: one file an act, and the visible tables in tables.py."""
