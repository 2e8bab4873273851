"""Exact capacity by folding side branches and marching to the source; docs/exact-capacity.md."""
