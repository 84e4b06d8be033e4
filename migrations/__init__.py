"""How the database came to be as it is: Alembic's revisions, oldest first."""
