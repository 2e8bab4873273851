"""Call-backs: who is told of events, and the telling, signed and repeated until it is heard."""
