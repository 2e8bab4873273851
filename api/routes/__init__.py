"""Routes: one file a resource. Parse, call, answer; no decision is made here."""
