"""The ledger: no capacity is promised twice."""
