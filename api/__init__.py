"""The edge: command line, HTTP, settings. Only here is a clock, a file path or a status known."""
