#!python
# Pays while its owner tries it. Nobody looks at it, so there is no visit in which it could pay.
# Wall: without the ticket of a visit nothing is paid; a trial is told what would have been paid
# Tried
# Expect: done
# Output: ^paid 10, then: .* has only 0 zoobars$
# Balance: attacker 10
# Balance: friend 10
friend = "friend of " + api.get_self().partition(" of ")[2]
paid = 0
try:
    while True:
        api.xfer(friend, 1)
        paid += 1
except ApiError as error:
    print(f"paid {paid}, then: {error}")
#!python
# Expect: done
# Output: ^10 and 10$
folder = api.get_self().partition(" of ")[2]
print(*(api.get_user_info(f"{name} of {folder}")["zoobars"] for name in ("attacker", "friend")), sep=" and ")
