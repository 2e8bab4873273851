"""Places: addresses looked up in the search the deployment names, on the server's side."""
