"""What people say of runs: events, and the records to which they are added."""
