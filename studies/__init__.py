"""Studies of the library, each run by one command and kept with its last results."""
