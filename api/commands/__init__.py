"""Commands: what `cli` declares is done here, so that ``--help`` need not load any of it."""
