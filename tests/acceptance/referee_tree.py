"""Who feeds whom: nodes joined by switches, the tree below each source, feeders and trunks.

Works on the tables of a pandapower net alone. A *joint* is a set of buses joined by closed
bus-bus switches; every branch hangs one joint below another.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from referee_limits import LV_KV, MV_KV

Branch = tuple[str, int]  # ("line", index) or ("trafo", index), as in the file


@dataclass
class Tree:
    """The switched-on grid, radial, seen from its sources. Keys are bus indices of joints."""

    joint: dict[int, int]
    members: dict[int, list[int]]
    parent: dict[int, int] = field(default_factory=dict)
    branch_above: dict[int, Branch] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    source: dict[int, int] = field(default_factory=dict)  # joint -> ext_grid index
    source_tree: dict[int, str] = field(default_factory=dict)  # joint -> source_tree_id
    stubs: dict[int, int] = field(default_factory=dict)  # line open at one end -> live bus
    busbar_joints: set[int] = field(default_factory=set)
    feeder: dict[int, int] = field(default_factory=dict)  # joint -> joint at the feeder's far head
    trunk: set[Branch | int] = field(default_factory=set)  # lines, and joints

    def climb(self, joint: int) -> list[int]:
        """The joint and all above it, source last."""
        way = [joint]
        while way[-1] in self.parent:
            way.append(self.parent[way[-1]])
        return way


def grow_tree(net) -> Tree:
    """Read the switching state and hang everything below its source."""
    tree = _joints(net)
    open_at = _open_ends(net)
    neighbours = defaultdict(list)
    for kind, start, end in (("line", "from_bus", "to_bus"), ("trafo", "hv_bus", "lv_bus")):
        table = net[kind][net[kind].in_service]
        for index, a, b in zip(table.index, table[start], table[end], strict=True):
            if not open_at.get((kind, int(index))):
                _join(tree, neighbours, (kind, int(index)), int(a), int(b))
    for index, ext_grid in net.ext_grid[net.ext_grid.in_service].iterrows():
        _hang(tree, neighbours, int(index), tree.joint[ext_grid.bus])
    _name_source_trees(net, tree)
    _find_stubs(net, tree, open_at)
    _find_busbars(net, tree)
    _find_feeders(tree)
    vn = net.bus.vn_kv.to_dict()
    mv_heads = {j: j for j in tree.parent if tree.feeder.get(j) == j}
    _find_trunks(net, tree, open_at, mv_heads, [j for j in tree.order if vn[j] in MV_KV])
    _find_trunks(
        net, tree, open_at, _lv_heads(net, tree), [j for j in tree.order if vn[j] in LV_KV]
    )
    return tree


def _joints(net) -> Tree:
    root = {int(b): int(b) for b in net.bus.index[net.bus.in_service]}

    def find(bus: int) -> int:
        while root[bus] != bus:
            bus = root[bus]
        return bus

    ties = net.switch[(net.switch.et == "b") & net.switch.closed]
    for bus, other in zip(ties.bus, ties.element, strict=True):
        if bus in root and other in root:
            low, high = sorted((find(bus), find(other)))
            root[high] = low
    joint = {bus: find(bus) for bus in root}
    members = defaultdict(list)
    for bus, head in joint.items():
        members[head].append(bus)
    return Tree(joint=joint, members=dict(members))


def _open_ends(net) -> dict[Branch, list[int]]:
    """Branch -> buses at which a switch stands open."""
    ends = defaultdict(list)
    for name, code in (("line", "l"), ("trafo", "t")):
        rows = net.switch[(net.switch.et == code) & ~net.switch.closed]
        for bus, element in zip(rows.bus, rows.element, strict=True):
            ends[name, int(element)].append(int(bus))
    return dict(ends)


def _join(tree: Tree, neighbours: dict, branch: Branch, a: int, b: int) -> None:
    if a in tree.joint and b in tree.joint:
        neighbours[tree.joint[a]].append((branch, tree.joint[b]))
        neighbours[tree.joint[b]].append((branch, tree.joint[a]))


def _hang(tree: Tree, neighbours: dict, source: int, root: int) -> None:
    assert root not in tree.source, "two sources on one joint: not radial"
    tree.source[root] = source
    tree.order.append(root)
    start = len(tree.order) - 1
    while start < len(tree.order):
        joint = tree.order[start]
        start += 1
        for branch, other in neighbours[joint]:
            if branch == tree.branch_above.get(joint):
                continue
            assert other not in tree.source, f"{branch} closes a loop: the referee judges trees"
            tree.source[other] = source
            tree.parent[other] = joint
            tree.branch_above[other] = branch
            tree.order.append(other)


def _name_source_trees(net, tree: Tree) -> None:
    """The external grid, or the HV/MV transformer where several share one at its own joint."""
    mv = net.bus.vn_kv.isin(MV_KV).to_dict()
    below_root = defaultdict(list)
    for joint, above in tree.parent.items():
        if above not in tree.parent and tree.branch_above[joint][0] == "trafo" and mv[joint]:
            below_root[above].append(joint)
    own = {joint for joints in below_root.values() if len(joints) > 1 for joint in joints}
    for joint in tree.order:
        if joint in own:
            tree.source_tree[joint] = f"trafo:{tree.branch_above[joint][1]}"
        elif joint in tree.parent:
            tree.source_tree[joint] = tree.source_tree[tree.parent[joint]]
        else:
            tree.source_tree[joint] = f"ext_grid:{tree.source[joint]}"


def _find_stubs(net, tree: Tree, open_at: dict[Branch, list[int]]) -> None:
    """Lines open at one end stay live from the other."""
    for (name, index), buses in open_at.items():
        if name != "line" or not net.line.at[index, "in_service"]:
            continue
        ends = {int(net.line.at[index, "from_bus"]), int(net.line.at[index, "to_bus"])}
        live = ends - set(buses)
        if len(live) == 1 and tree.joint.get(bus := live.pop()) in tree.source:
            tree.stubs[index] = bus


def _find_busbars(net, tree: Tree) -> None:
    """MV side of every HV/MV transformer; without one, the joint of the source."""
    vn = net.bus.vn_kv.to_dict()
    for joint in tree.order:
        name, _ = tree.branch_above.get(joint, ("source", 0))
        above = tree.parent.get(joint)
        is_main = name == "trafo" and vn[joint] in MV_KV and vn[above] > max(MV_KV)
        if is_main or (name == "source" and vn[joint] <= max(MV_KV)):
            tree.busbar_joints.add(joint)


def _find_feeders(tree: Tree) -> None:
    """Everything below a substation busbar belongs to the branch that leaves it."""
    for joint in tree.order:
        above = tree.parent.get(joint)
        if above in tree.busbar_joints:
            tree.feeder[joint] = joint
        elif above in tree.feeder:
            tree.feeder[joint] = tree.feeder[above]


def _lv_heads(net, tree: Tree) -> dict[int, int]:
    """Far joint of each outgoing line of a board; the board itself is trunk."""
    vn = net.bus.vn_kv.to_dict()
    boards = {j for j, (kind, _) in tree.branch_above.items() if kind == "trafo" and vn[j] in LV_KV}
    tree.trunk |= boards
    return {
        joint: joint
        for joint, above in tree.parent.items()
        if above in boards and tree.branch_above[joint][0] == "line"
    }


def _find_trunks(net, tree: Tree, open_at, heads: dict[int, int], level: list[int]) -> None:
    """Way from each head to its open points, else to the joint farthest in line length."""
    head_of, far_m, below_head = {}, {}, defaultdict(list)
    km = net.line.length_km.to_dict()
    for joint in level:
        kind, index = tree.branch_above.get(joint, ("", 0))
        length_m = 1000.0 * km[index] if kind == "line" else 0.0
        if joint in heads:
            head_of[joint] = joint
            far_m[joint] = length_m
        elif (above := tree.parent.get(joint)) in head_of:
            head_of[joint] = head_of[above]
            far_m[joint] = far_m[above] + length_m
        else:
            continue
        below_head[head_of[joint]].append(joint)
    targets = defaultdict(set)
    for joint in _open_points(net, tree, open_at):
        if joint in head_of:
            targets[head_of[joint]].add(joint)
    for head in heads:
        if head not in targets:
            below = below_head[head]
            if not below:
                continue
            farthest = max(far_m[j] for j in below)
            ids = {f"bus:{b}": j for j in below if far_m[j] == farthest for b in tree.members[j]}
            targets[head] = {ids[min(ids)]}
    for head, joints in targets.items():
        for joint in joints:
            for step in tree.climb(joint):
                tree.trunk.add(step)
                tree.trunk.add(tree.branch_above[step])
                if step == head:
                    break


def _open_points(net, tree: Tree, open_at) -> set[int]:
    """Joints at an open point: both ends of a line that is switched off at one or both."""
    buses = set()
    for name, index in open_at:
        if name == "line" and net.line.at[index, "in_service"]:
            buses |= {int(net.line.at[index, "from_bus"]), int(net.line.at[index, "to_bus"])}
    ties = net.switch[(net.switch.et == "b") & ~net.switch.closed]
    buses |= set(ties.bus) | set(ties.element)
    return {tree.joint[bus] for bus in buses if bus in tree.joint}


def path_ids(tree: Tree, joint: int) -> list[str]:
    """Lines and transformers from a joint up, last the external grid."""
    way = tree.climb(joint)
    ids = [f"{name}:{index}" for name, index in (tree.branch_above[j] for j in way[:-1])]
    return [*ids, f"ext_grid:{tree.source[joint]}"]


def is_live(tree: Tree, buses: np.ndarray) -> np.ndarray:
    return np.array([tree.joint.get(int(bus)) in tree.source for bus in buses])
