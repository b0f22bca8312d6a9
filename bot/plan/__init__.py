"""What a plan says: frozen models, the loader, the lint."""
