"""The service over HTTP: the gate for questions, Flask for everything else, and the processes that serve both."""
