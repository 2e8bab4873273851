"""What the nodes of a part that is no tree can still take: rings, several infeeds."""
