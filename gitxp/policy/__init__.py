"""The team's rules and settings: it decides, and never acts."""
