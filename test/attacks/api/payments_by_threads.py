#!python
# Pays from seven threads at once, each writing to the socket itself, so that one payment is checked while another is
# made.
# Wall: the calls of a run are answered one after the other, and the bank checks and pays in one transaction
# Expect: done
# Output: ^paid 10 in all$
# Balance: attacker 0
# Balance: friend 20
import threading

friend = "friend of " + api.get_self().partition(" of ")[2]
paid = []


def pay():
    for _ in range(5):
        try:
            api.xfer(friend, 1)
            paid.append(1)
        except ApiError:
            pass


threads = [threading.Thread(target=pay) for _ in range(7)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("paid", len(paid), "in all")
