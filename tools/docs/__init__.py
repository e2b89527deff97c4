"""Reference pages made of what the compiler itself holds: the models, the registry of codes, the parsers of options."""
