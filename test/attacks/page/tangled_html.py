#!python
# Prints HTML for which parsers need time that grows with the square of its length, or recursion.
# Wall: limits on depth and time for each document, in a role that holds nothing
# Expect: failed
print("<b>" * 20_000)
