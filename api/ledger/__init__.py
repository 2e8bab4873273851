"""The ledger: no capacity is promised twice."""

from api.ledger.errors import CapacityGoneError, GridMovedError, NoSuchOptionError
from api.ledger.ledger import Draft, Ledger
from api.ledger.promises import give_up_overdue

__all__ = [
    "CapacityGoneError",
    "Draft",
    "GridMovedError",
    "Ledger",
    "NoSuchOptionError",
    "give_up_overdue",
]
