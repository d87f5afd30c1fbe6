"""What the product costs, measured from outside: `make bench`, or `python -m bench [--full]`.

Each figure is of a whole process, start-up included, against a sandbox served by another one.
Ratios are taken within a round, rounds are interleaved, and the median of them counts.
"""
