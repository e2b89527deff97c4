"""The code of functions: archives of a folder, and handlers looked up in it."""
