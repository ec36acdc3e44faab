"""Files that a run leaves behind: set aside while it runs, large ones in the Git LFS folder."""
