"""From a journal to a record: at the end of a run, after a crash, or later by somebody else."""
