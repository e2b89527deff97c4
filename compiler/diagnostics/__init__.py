"""What a diagnostic is: the registry of rules, places in files, and near names."""
