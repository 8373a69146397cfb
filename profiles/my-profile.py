#!python
# Shows my balance as a chart, and a guest book for other members' programs.
#
# The chart shows the balance before and after each of the latest transfers, one block each. It is computed backwards
# from the current balance. The guest book is my wall: open_wall("everybody") lets every member's program read it, and
# sign it with
#     api.post("I was here", username=NAME OF THIS PROFILE)
# A visit alone writes nothing there. open_wall([]) closes the guest book.
import collections
import html

BLOCKS = "▁▂▃▄▅▆▇█"

me = api.get_self()
balance = api.get_user_info(me)["zoobars"]
history, partners = [balance], collections.Counter()
for xfer in api.get_xfers(me)[:40]:
    came_in = xfer["recipient"] == me
    history.append(history[-1] - xfer["amount"] if came_in else history[-1] + xfer["amount"])
    partners[xfer["sender"] if came_in else xfer["recipient"]] += 1

top = max(max(history), 1)
chart = "".join(BLOCKS[amount * (len(BLOCKS) - 1) // top] for amount in reversed(history))
print(f"<p>{chart} <b>{balance}</b> zoobars</p>")
if partners:
    name, times = partners.most_common(1)[0]
    print(f"<p>Most of all I deal with {html.escape(name)}: {times} of the last {len(history) - 1} transfers.</p>")

api.open_wall("everybody")
print("<h3>Guest book</h3>")
posts = api.get_wall(limit=5)
for post in posts:
    author, text = html.escape(post["author"]), html.escape(post["text"])
    print(f"<p><b>{author}</b>, {post['time']}: {text}</p>")
if not posts:
    print("<p>Nobody has signed it yet.</p>")
