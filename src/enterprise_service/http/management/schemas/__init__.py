"""Bodies and answers of the management API: what is read strictly, and what is shown exactly."""
