"""Templates as bytes: written, or compared with what is on disk."""
