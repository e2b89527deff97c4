"""The topology that a spec describes, and how large its parts must be."""
