"""A store for one operator, who can ask it offline and cannot read it."""
