"""The grid: what is there, what it carries, what is left. No plan, no web, no database."""
