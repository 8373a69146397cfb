#!python
# Gives one zoobar to each visitor who has at most 20, at most once a minute, as long as the owner has any.
#
# It pays from the owner's account, within the limits on the owner's home page. It records the gift before it pays.
# Otherwise, a run that fails after paying would lose the record, and the next run would pay again.
import html
import json
import sys
import time

ENOUGH, PAUSE = 20, 60  # zoobars, seconds


def end(line):
    print(f"<p>{html.escape(line)}</p>")
    sys.exit()


visitor = api.call("get_visitor")
if api.call("get_user_info", username=api.call("get_self"))["zoobars"] < 1:
    end("Sorry, I have no more zoobars")
zoobars = api.call("get_user_info", username=visitor)["zoobars"]
if zoobars > ENOUGH:
    end(f"You have {zoobars} already; no need for more")

try:
    with open("gifts.json") as file:
        gifts = json.load(file)
except FileNotFoundError:
    gifts = {}
now = time.time()
since = now - gifts.get(visitor, 0)
if since < PAUSE:
    end(f"I gave you a zoobar {since:.1f} seconds ago")

gifts[visitor] = now
with open("gifts.json", "w") as file:
    json.dump(gifts, file)
try:
    api.call("xfer", target=visitor, zoobars=1)
except ApiError as refusal:
    end(f"No gift this time: {refusal}")
end("Thanks for visiting.  I gave you one zoobar.")
