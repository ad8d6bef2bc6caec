"""Real mail servers for tests and for the demonstration, each on loopback ports of its own."""
