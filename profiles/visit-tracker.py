#!python
# Remembers each visitor: how often they have looked before, and when they last did.
#
# What a program writes stays from run to run, for this profile alone. The runs of one profile follow each other, so
# nobody else changes the file between reading and writing it.
import html
import json
import time

try:
    with open("visits.json") as file:
        visits = json.load(file)
except FileNotFoundError:  # the first run of all
    visits = {}

visitor = api.call("get_visitor")
count, last = visits.get(visitor, [0, "never"])
print(f"<p>Hello, <i>{html.escape(visitor)}</i></p>")
print(f"<p>Your visit count: {count}</p>")
print(f"<p>Your last visit: {last}</p>")

visits[visitor] = [count + 1, time.time()]
with open("visits.json", "w") as file:
    json.dump(visits, file)
