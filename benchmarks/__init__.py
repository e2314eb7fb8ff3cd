"""Measurements, and the made-up events that they use."""
