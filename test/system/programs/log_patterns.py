#!python
# Takes a log apart with regular expressions.
#
# Shows: 3 lines match
# Shows: 10.0.0.7 asked for /index.html at 08:15
# Shows: 10.0.0.9 asked for /a b at 23:59
# Shows: Errors: 404, 500
# Shows: {Ada} and {Bob} met
import html
import re

LOG = """
10.0.0.7 [08:15] "GET /index.html" 200
10.0.0.8 [09:00] "GET /missing" 404
not a line of the log
10.0.0.9 [23:59] "GET /a%20b" 500
"""
LINE = re.compile(
    r"""^(?P<address>\d{1,3}(?:\.\d{1,3}){3})\s
        \[(?P<time>[0-2]\d:[0-5]\d)\]\s
        "(?P<method>[A-Z]+)\s(?P<path>[^"]*)"\s
        (?P<status>\d{3})$""",
    re.MULTILINE | re.VERBOSE,
)

found = list(LINE.finditer(LOG))
print(f"<p>{len(found)} lines match</p>")
for match in found:
    path = re.sub(r"%([0-9A-Fa-f]{2})", lambda code: chr(int(code[1], 16)), match["path"])
    print(f"<p>{match['address']} asked for {html.escape(path)} at {match['time']}</p>")
print("<p>Errors:", ", ".join(re.findall(r"\b[45]\d\d\b", LOG)), "</p>")
print("<p>", re.sub(r"\b([A-Z])(\w+)", r"{\1\2}", "Ada and Bob met"), "</p>")
