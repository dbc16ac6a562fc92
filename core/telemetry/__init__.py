"""What an operator's instruments are told: numbers, and a line for every decision."""
