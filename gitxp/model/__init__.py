"""The nouns of gitxp: frozen values that need nothing but the standard library."""
