"""Care of the data: backups, restoring them, and an examination of the whole installation."""
