"""From a state to answers: the model, the compiled snapshot, the decision and its reason."""
