"""Power flow: the exact radial sweep, power-grid-model for what is no tree, and a referee."""
