"""What the service needs from outside, as abstract classes whose docstrings are numbered promises."""
