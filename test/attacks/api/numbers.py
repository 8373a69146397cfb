#!python
# Sends numbers past every limit: hundreds of digits, huge exponents, fractions, and what JSON cannot express.
# Wall: a number must be a whole number of 64 bits, or the call is refused
# Expect: done
# Output: ^1e400: refused$
# Output: ^-0: refused$
# Balance: attacker 10
# Balance: friend 10
def ask(number):
    friend = "friend of " + api.get_self().partition(" of ")[2]
    body = f'{{"call": "xfer", "target": "{friend}", "zoobars": {number}}}'.encode()
    os.write(3, len(body).to_bytes(4, "little") + body)
    reply = os.read(3, int.from_bytes(os.read(3, 4), "little"))
    print(f"{number[:8]}:", "refused" if b'"error"' in reply else f"BREACH: {reply}")


for number in ("1e400", "-0", "1" * 400, "9223372036854775808", "-9223372036854775809", "1.0", "1e0", "1.5", "0.1e1",
               "1e-400", "18446744073709551617", "true", "null", '"1"', "[1]", '{"1": 1}', "-1", "0"):
    ask(number)
