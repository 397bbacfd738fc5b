"""Unseen runs with known faults: small numpy models that are really trained, soundly or with one fault put in."""
