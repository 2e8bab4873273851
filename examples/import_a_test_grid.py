"""Read a public test grid, state what its file leaves out, list what is wrong, solve it."""

from __future__ import annotations

from grid_models.compiled import compile_grid
from grid_models.readers import read_grid
from grid_models.schema import find_problems, verdict
from grid_models.solvers.solve import solve

grid = read_grid(
    "pandapower:mv_oberrhein",
    assume=["ownership=public", "spare_bays=2", "load_basis=declared"],
    relocate=(120.15, 30.28),
)
print(f"{grid.metadata.name}: {len(grid.nodes)} nodes, {len(grid.lines)} lines")
print(f"assumed: {dict(grid.metadata.assumptions)}")

problems = find_problems(grid)
for problem in problems:
    print(f"{problem.severity}: {problem.en}")
print(f"verdict: {verdict(problems)}")

flow = solve(compile_grid(grid))
for tree_id, engine in flow.engines.items():
    print(f"source {tree_id}: solved by {engine}")
v_pu, line_pct = flow.nodes["v_pu"], flow.lines["loading_pct"]
transformer_pct = flow.transformers["loading_pct"]
print(f"lowest voltage   {v_pu.min():.4f} pu at {v_pu.idxmin()}")
print(f"highest voltage  {v_pu.max():.4f} pu at {v_pu.idxmax()}")
print(f"fullest line     {line_pct.max():.1f} % {line_pct.idxmax()}")
print(f"fullest transformer {transformer_pct.max():.1f} % {transformer_pct.idxmax()}")
