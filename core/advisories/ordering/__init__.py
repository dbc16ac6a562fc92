"""Sort keys of versions, one module per way of ordering.

Each module turns a version into a tuple that Python's own comparison puts in the order that the
ecosystem's tool would. A key is made once and compared in C, so a package's thousands of bounds
sort, and are searched, at the speed of tuples. Whatever is no version of its scheme raises
`ValueError`; `core.advisories.versions` makes a value of that.
"""
