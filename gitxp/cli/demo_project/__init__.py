"""The small project that `git xp demo` trains; its files are copied, never imported."""
