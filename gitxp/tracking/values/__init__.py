"""What a script hands over, as plain values, or refused by name."""
