"""The edge: command line, HTTP, settings. The only room that knows a clock, a file path or a status."""
