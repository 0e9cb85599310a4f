"""What instructors learn about questions: classical item statistics, flags on bad questions. Pure Python and numpy, no framework."""
