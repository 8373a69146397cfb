#!python
# Sends the same bytes of a payment that was answered, again and again.
# Wall: each is a separate payment, and counts against the limits
# Expect: done
# Output: ^ten answered, then refused$
# Balance: attacker 0
# Balance: friend 20
friend = "friend of " + api.get_self().partition(" of ")[2]
body = f'{{"call": "xfer", "target": "{friend}", "zoobars": 1}}'.encode()
frame = len(body).to_bytes(4, "little") + body
answered = 0
for _ in range(15):
    os.write(3, frame)
    reply = os.read(3, int.from_bytes(os.read(3, 4), "little"))
    answered += b'"value"' in reply
print("ten answered, then refused" if answered == 10 else f"BREACH: {answered}")
