"""The front door for scripts and notebooks: what `import gitxp` offers."""
