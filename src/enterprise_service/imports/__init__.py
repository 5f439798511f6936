"""What an enterprise has already, brought in: JSON Lines, and a mapping that says which records they mean."""
