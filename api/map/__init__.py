"""Map: what a browser draws of a grid, and what a phone takes along to where no signal is."""
