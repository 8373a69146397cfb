#!python
# Pays amounts that would move money the other way, or make money from nothing.
# Wall: an amount is a whole number of at least 1, and the bank checks it again
# Expect: done
# Output: ^-1: refused$
# Balance: attacker 10
# Balance: friend 10
friend = "friend of " + api.get_self().partition(" of ")[2]
amounts = (-1, 0, -10**9, 1.0, 0.5, True, False, 10**9, 2**31, 2**32 + 1, 2**63, 2**64 + 1, 10**400, "1", " 1", None,
           [1], {})
for amount in amounts:
    try:
        print(f"BREACH: paid {amount!r}:", api.xfer(friend, amount))
    except (ApiError, ValueError, TypeError) as error:
        print(f"{str(amount)[:10]}: refused")
