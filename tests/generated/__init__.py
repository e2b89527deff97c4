"""Files that are committed but made: each module here offers `files()`, path in the repository to bytes."""
