#!python
# The same with tables and formatting elements, which HTML parsers must move.
# Wall: limits on depth and time for each document, in a role that holds nothing
# Expect: failed
print("<table><b><i><a href=http://x.example/>" * 1_500)
