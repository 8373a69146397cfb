#!python
# A visitor gives money to the owner, so that there would be enough. The owner's program then pays more than the owner's
# limits allow: to one member, and to several.
# Wall: the bank's limits on what programs pay: 10 to one member and 20 in all within an hour
# Owner: rich
# Visitor: attacker
# Expect: done
# Output: ^gave 10$
# Balance: attacker 20
print("gave", 10 if api.xfer(api.get_visitor(), 10) == 0 else "BREACH")
#!python
# Owner: richer
# Visitor: attacker
# Expect: done
# Output: ^gave 10$
# Balance: attacker 30
print("gave", 10 if api.xfer(api.get_visitor(), 10) == 0 else "BREACH")
#!python
# Expect: done
# Output: ^first: 10, then attacker of .* lets programs pay at most 10 zoobars to one member within an hour$
# Output: ^third: 0, then attacker of .* lets programs pay at most 20 zoobars within an hour$
# Balance: attacker 10
# Balance: first 20
# Balance: second 20
# Balance: third 10
folder = api.get_self().partition(" of ")[2]
for name in ("first", "second", "third"):
    paid = 0
    try:
        while paid < 30:
            api.xfer(f"{name} of {folder}", 1)
            paid += 1
    except ApiError as error:
        print(f"{name}: {paid}, then {error}")
#!python
# Visitor: somebody
# Expect: done
# Output: ^again: 0$
# Balance: attacker 10
folder = api.get_self().partition(" of ")[2]
paid = 0
for name in ("first", "second", "third", "somebody"):
    try:
        api.xfer(f"{name} of {folder}", 1)
        paid += 1
    except ApiError:
        pass
print("again:", paid)
