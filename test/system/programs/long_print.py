#!python
# Prints a long list, close to the 64 KiB that a run may print.
#
# Shows: 1: I shall not print in loops.
# Shows: 500: I shall not print in loops.
# Shows: 1000: I shall not print in loops.
# Shows: Done: 1000 lines
print("<ol>")
for number in range(1, 1001):
    print(f"<li>{number}: I shall not print in loops.</li>")
print("</ol>")
print("<p>Done:", number, "lines</p>")
