"""The four queries: what decisions would be, without asking for each."""
