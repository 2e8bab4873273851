"""The compiled grid on disk: written beside the tables, opened without working anything out again.

- `files`: arrays as memory-mapped files, and whether they are as they were written.
- `packing`: a `GridModel` as named arrays, every quantity of all trees behind one another.
- `tables`: the columns of the Parquet tables, each read when it is asked for.
- `places`: what lies near a site, from the arrays.
- `model`: `StoredModel`, a `GridModel` whose facts are slices of the arrays.
- `opening`: `open_model`.
- `changing`: `write_change`, other values in some rows; its steps are `cutting` (the trees they
  belong to), `replacing` (the values given), `changed_problems` (what forbids them), `entries`
  (what comes out of the trees) and `overlay` (how it lies on disk).
"""
