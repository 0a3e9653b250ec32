"""A new system joins: what to ask of a person, whether the answers are right, and keeping them."""
