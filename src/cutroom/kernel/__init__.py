"""What every other package may use: errors, ids, media time, money, progress, cancel. Standard library only."""
