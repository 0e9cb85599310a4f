"""A learner, an instructor and a team with some weeks behind them, so that every page of a fresh installation has something to show.

Their histories come about as real ones do: sittings drawn, answered, submitted and graded by the domain. Only the clock is moved.
"""
