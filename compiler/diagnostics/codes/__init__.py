"""The codes of each stage before and after the rules over templates, one module per stage."""
