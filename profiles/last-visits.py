#!python
# Shows the last three visits, newest first, including this one.
import html
import json
import time

try:
    with open("last.json") as file:
        last = json.load(file)
except FileNotFoundError:
    last = []

last = [[api.call("get_visitor"), time.time()], *last][:3]
with open("last.json", "w") as file:
    json.dump(last, file)

print("<p>Last 3 visitors:</p>")
print("<ul>")
for name, when in last:
    print(f"<li>{html.escape(name)} at {when}</li>")
print("</ul>")
