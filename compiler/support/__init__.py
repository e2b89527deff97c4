"""The ground floor: frozen values, numbers as people read them, git, and where the data files are."""
