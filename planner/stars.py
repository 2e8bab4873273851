"""Stars: what is said to those who name the inner node of a three-winding transformer."""

from __future__ import annotations

from planner.form import Form, shown

__all__ = ["refuse_star", "star_sentences"]


def star_sentences(node_id: str) -> tuple[str, str]:
    """Return in Chinese and in English that a node is a star; a field's name comes before."""
    return (
        f"为“{shown(node_id)}”，它是三绕组变压器的中性计算点，不是可接入的节点；"
        "应为该变压器某一侧的节点号",
        f'is "{shown(node_id)}", the inner point of a three-winding transformer and no node to '
        "connect to; give the node at one of its windings",
    )


def refuse_star(form: Form, field: str, node_id: str) -> None:
    """Keep the problem that a field names a star."""
    form.refuse(field, *star_sentences(node_id))
