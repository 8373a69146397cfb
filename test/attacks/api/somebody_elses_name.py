#!python
# Says in its calls that it is somebody else: another owner, another visitor, another ticket.
# Wall: owner, visitor and the limits on payments come from the ticket of the visit
# Expect: done
# Output: ^owner: get_self takes no arguments$
# Output: ^sender: xfer takes target, zoobars$
# Balance: attacker 10
# Balance: victim 10
victim = "victim of " + api.get_self().partition(" of ")[2]
for what, call_name, arguments in (
        ("owner", "get_self", {"owner": victim}), ("visitor", "get_visitor", {"visitor": victim}),
        ("sender", "xfer", {"sender": victim, "target": api.get_self(), "zoobars": 1}),
        ("ticket", "xfer", {"ticket": "x" * 64, "target": victim, "zoobars": 1}),
        ("limits", "xfer", {"limits": {"per_hour": 1000}, "target": victim, "zoobars": 10**6}),
        ("a message from", "send_message", {"to": victim, "text": "hello", "sender": victim}),
        ("a post by", "post", {"username": victim, "text": "hello", "author": victim})):
    try:
        print("BREACH:", api.call(call_name, **arguments))
    except ApiError as error:
        print(f"{what}:", error)
