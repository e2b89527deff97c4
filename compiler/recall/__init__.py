"""What an earlier run came to, given again while nothing has changed that decides it."""
