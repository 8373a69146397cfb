#!python
# Remembers each visitor: how often they have visited before, and when they last did.
#
# Files that a program writes are kept from run to run, for this profile only. Runs of one profile never overlap, so no
# other run changes the file between reading and writing it.
import html
import json
import time

try:
    with open("visits.json") as file:
        visits = json.load(file)
except FileNotFoundError:  # the very first run
    visits = {}

visitor = api.call("get_visitor")
count, last = visits.get(visitor, [0, "never"])
print(f"<p>Hello, <i>{html.escape(visitor)}</i></p>")
print(f"<p>Your visit count: {count}</p>")
print(f"<p>Your last visit: {last}</p>")

visits[visitor] = [count + 1, time.time()]
with open("visits.json", "w") as file:
    json.dump(visits, file)
