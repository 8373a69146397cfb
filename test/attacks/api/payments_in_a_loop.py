#!python
# Pays one member until there is nothing left.
# Wall: the bank counts what a delegation has paid to one member within an hour
# Expect: done
# Output: ^paid 10 of 30$
# Balance: attacker 0
# Balance: friend 20
friend = "friend of " + api.get_self().partition(" of ")[2]
paid = 0
for _ in range(30):
    try:
        api.xfer(friend, 1)
        paid += 1
    except ApiError:
        pass
print("paid", paid, "of 30")
