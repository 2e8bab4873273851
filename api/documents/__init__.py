"""Documents: a plan on paper, as PDF, as reply form in Word, and its pictures."""
