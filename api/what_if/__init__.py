"""What-if as people see it: a page in the terminal, a page in a browser, a GeoPackage."""
