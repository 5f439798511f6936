"""What can be done with policies: one file per verb."""
