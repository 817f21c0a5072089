"""What people and machines get to see of a ranking and of an actor."""
