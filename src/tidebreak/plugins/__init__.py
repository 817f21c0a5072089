"""Signal types of others: packages with a ``TX_MANIFEST``, as python-threatexchange loads them.

Their code runs in processes of its own, locked down like those that decode media, and nowhere else.
"""
