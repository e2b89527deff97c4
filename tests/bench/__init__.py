"""Timings, by hand: `make bench`. They are ratios against a floor of the same run, and no test ever fails on a time.

What is counted instead of timed, such as files read and modules loaded, is asserted in `test_work.py`.
"""
