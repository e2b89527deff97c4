"""What a stage finds, where it is in the spec or in a template, and which findings the spec accepts."""
