#!python
# Shows who visited whom, as far as members share their visitors.
#
# A member's list of visitors is private until the member's program shares it. This program shares yours with everybody
# (share_visits([]) stops that). Then it asks for the visitors of your visitors, for their visitors, and so on. It lists
# members who do not share their visitors at the end.
import html

MOST = 30  # members to ask about: each needs one call

api.share_visits("everybody")
visitors = {}  # by member; None if the member does not share them
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
    print(f"<p>These members do not share their visitors: {', '.join(edge)}</p>")
