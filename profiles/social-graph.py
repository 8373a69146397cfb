#!python
# Who visited whom, as far as members let each other know.
#
# A list of visitors is its member's: nobody else's program reads it before it is shared. This program shares yours
# with everybody (share_visits([]) takes that back), then asks for those of your visitors, of their visitors, and so
# on. Those who share nothing stand at the edge of the picture.
import html

MOST = 30  # members asked: each is a call

api.share_visits("everybody")
visitors = {}  # by member; None where they are not shared
waiting = [api.get_self()]
while waiting and len(visitors) < MOST:
    member = waiting.pop(0)
    if member in visitors:
        continue
    try:
        visitors[member] = {visit["visitor"]: visit["visits"] for visit in api.get_visits(member)}
    except ApiError:
        visitors[member] = None
    waiting.extend(visitors[member] or ())

print("<h3>Who visited whom</h3>")
print("<ul>")
for member, came in visitors.items():
    if came:
        list_of = ", ".join(f"{html.escape(name)} ({count})" for name, count in came.items())
        print(f"<li><b>{html.escape(member)}</b> was visited by {list_of}</li>")
print("</ul>")
edge = [html.escape(member) for member, came in visitors.items() if came is None]
if edge:
    print(f"<p>Do not share their visitors: {', '.join(edge)}</p>")
