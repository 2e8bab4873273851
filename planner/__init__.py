"""The plan: what could be built for a customer, and whether it is any good.

Values in, values out: no clock, no file, no database.
"""
