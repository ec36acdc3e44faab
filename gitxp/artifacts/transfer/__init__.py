"""Our own client of Git LFS servers, for machines without git-lfs."""
