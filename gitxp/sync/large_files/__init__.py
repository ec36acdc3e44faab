"""Large files of runs, between this clone and its remotes."""
