"""Questions people ask of the hub's state, and the inbox rows their decisions make: one file a kind of question."""
