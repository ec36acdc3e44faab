"""Whether records are whole: each object there, each digest true, each number what it sums up."""
