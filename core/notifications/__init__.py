"""Telling whoever wants to know, and only when there is something new to do.

`process.py` follows the log and compares each verdict with the one before it; what changed becomes
a notice in the outbox (`outbox.py`), and `delivery.py` carries the outbox to an Event Grid topic.
Nothing that a topic does can hold up a view. `docs/notifications.md` describes every kind.
"""
