"""Models that say what they are told to, over the protocol of OpenAI: scripted, faulty, or replayed from a record."""
