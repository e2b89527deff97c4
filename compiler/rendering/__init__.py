"""Partials: how they are found, what they may do, and the JSON with its origins that comes of a view."""
