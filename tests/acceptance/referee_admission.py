"""What nobody connects to: first sections, and what is not public all the way to its busbar."""

from __future__ import annotations

from collections import Counter, defaultdict

import pandas as pd
from referee_tree import Tree

PUBLIC, UNKNOWN, PRIVATE = range(3)
OWNERS = {"public": PUBLIC, "unknown": UNKNOWN, "private": PRIVATE}
STANDING = ("load", "sgen", "gen", "shunt", "ext_grid", "storage", "motor", "ward", "xward")


class Owners:
    """Whose every node is, and the least public owner of a joint's way up to its busbar.

    What the file does not say is stated public at import.
    """

    def __init__(self, net, tree: Tree) -> None:
        self.of_bus = _owners(net.bus)
        of_branch = {"line": _owners(net.line), "trafo": _owners(net.trafo)}
        self.way: dict[int, int] = {}
        for joint in tree.order:
            above = tree.parent.get(joint)
            if above is None or joint in tree.busbar_joints:
                self.way[joint] = PUBLIC
            else:
                kind, index = tree.branch_above[joint]
                self.way[joint] = max(self.way[above], of_branch[kind][index])
        dedicated = _dedicated_feeders(net, tree, self.of_bus)
        self.way |= {joint: PRIVATE for joint, head in tree.feeder.items() if head in dedicated}

    def of_node(self, bus: int, joint: int) -> int:
        return max(self.of_bus[bus], self.way[joint])


def _owners(table: pd.DataFrame) -> dict[int, int]:
    said = table["ownership"] if "ownership" in table else pd.Series("public", table.index)
    return {int(i): OWNERS.get(owner, PUBLIC) for i, owner in said.items()}


def _dedicated_feeders(net, tree: Tree, of_bus: dict[int, int]) -> set[int]:
    """Heads below which one node alone has a load, and that node is private."""
    loaded = defaultdict(set)
    for bus in net.load.bus[net.load.in_service]:
        head = tree.feeder.get(tree.joint.get(int(bus), -1))
        if head is not None:
            loaded[head].add(int(bus))
    return {
        head
        for head, buses in loaded.items()
        if len(buses) == 1 and of_bus[next(iter(buses))] == PRIVATE
    }


def first_sections(net, tree: Tree, with_bay: set[int]) -> set[int]:
    """Lines between a substation busbar and the first switchgear: the line at the busbar and,
    beyond every node that only joins two lines neither of which is overhead, the next one.
    """
    joins_two = _plain_nodes(net) - with_bay
    below = defaultdict(list)
    for joint, above in tree.parent.items():
        below[above].append(joint)
    found = set()
    reached = [joint for busbar in tree.busbar_joints for joint in below[busbar]]
    while reached:
        joint = reached.pop()
        kind, index = tree.branch_above[joint]
        if kind == "line":
            found.add(index)
            if joins_two.issuperset(tree.members[joint]):
                reached += below[joint]
    return found


def _plain_nodes(net) -> set[int]:
    """Nodes at which two lines end, neither overhead, and nothing else stands."""
    ends = Counter([*net.line.from_bus, *net.line.to_bus])
    overhead = net.line[net.line.type == "ol"]
    other = {*overhead.from_bus, *overhead.to_bus, *net.trafo.hv_bus, *net.trafo.lv_bus}
    other |= {*net.switch.bus, *net.switch.element[net.switch.et == "b"]}
    for table in STANDING:
        if table in net and len(net[table]):
            other |= set(net[table].bus)
    if "kind" in net.bus:
        other |= set(net.bus.index[net.bus.kind.isin(("switchgear", "cabinet"))])
    return {int(bus) for bus, count in ends.items() if count == 2} - other
