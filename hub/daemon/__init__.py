"""The hub that goes on by itself: a cycle whenever a system's turn has come, a backup a day, until it is told to stop."""
