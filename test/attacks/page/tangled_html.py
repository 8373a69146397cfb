#!python
# Prints HTML on which parsers take time that grows with the square of its length, or recurse.
# Wall: bounds on depth and time for each document, in a role that holds nothing
# Expect: failed
print("<b>" * 20_000)
