"""Dashboards for people without Python: one local web server, one private kernel per visitor."""
