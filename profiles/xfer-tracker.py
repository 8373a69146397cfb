#!python
# Shows the latest transfer between the owner of this profile and the visitor.
#
# get_xfers returns the newest transfers first, so the first one that matches is the latest.
me = api.call("get_self")
you = api.call("get_visitor")

for xfer in api.call("get_xfers", username=me):
    amount, when = xfer["amount"], xfer["time"]
    if xfer["sender"] == me and xfer["recipient"] == you:
        print(f"<p>I gave you {amount} zoobars @ {when}</p>")
        break
    if xfer["sender"] == you and xfer["recipient"] == me:
        print(f"<p>You gave me {amount} zoobars @ {when}</p>")
        break
else:
    print("<p>No zoobars have passed between us yet.</p>")
