"""The machine around a process: what it is, and how it stands at a moment."""
