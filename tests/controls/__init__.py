"""Controls: patches that each take one guard out, and the runner that sees the guard's test fail without it.

A patch is a unified diff with three lines before it:

    Guard: what is taken out
    Test: tests/e2e/test_player_resilience.py::test_name

"""
