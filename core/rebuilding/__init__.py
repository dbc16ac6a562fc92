"""Views made anew beside themselves, and what administrators see and do about followers."""
