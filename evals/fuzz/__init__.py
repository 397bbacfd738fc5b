"""Any bytes under any name go the whole way from discovery to parts; a longer run by `make fuzz`."""
