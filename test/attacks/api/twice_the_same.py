#!python
# Gives an argument twice, and names two calls in one request, so that one is checked and the other is made.
# Wall: a call is read once, and a call that says two things is refused
# Expect: done
# Output: ^the amount: .*given twice
# Output: ^the call: .*which call is it
# Balance: attacker 10
# Balance: friend 10
friend = "friend of " + api.get_self().partition(" of ")[2]


def ask(body):
    body = body.encode()
    os.write(3, len(body).to_bytes(4, "little") + body)
    return os.read(3, int.from_bytes(os.read(3, 4), "little")).decode()


print("the amount:", ask(f'{{"call": "xfer", "target": "{friend}", "zoobars": 1, "zoobars": 9}}'))
print("the call:", ask(f'{{"call": "get_self", "call": "xfer", "target": "{friend}", "zoobars": 1}}'))
print("escaped:", ask(f'{{"call": "xfer", "target": "{friend}", "zoobars": 1, "\\u007aoobars": 9}}'))
