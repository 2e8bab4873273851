"""Jobs: work that takes long, kept in the database, done by whichever worker has time."""
