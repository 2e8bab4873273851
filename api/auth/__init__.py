"""Who may what: people by password or by their company's sign-in, systems by key."""
