"""The spec as text: bytes to a plain tree in which every route has a line, and what YAML allows and we do not."""
