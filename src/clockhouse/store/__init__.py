"""The database: every SQL statement. Functions take a transaction first and return values of the model."""
