#!python
# Writes many payments without reading an answer, and ends at once. The last ones would be paid for a program that does
# not run any more.
# Wall: one call at a time; the calls of a run end with it
# Expect: done
# Output: ^written$
friend = "friend of " + api.get_self().partition(" of ")[2]
body = f'{{"call": "xfer", "target": "{friend}", "zoobars": 1}}'.encode()
os.write(3, (len(body).to_bytes(4, "little") + body) * 15)
print("written")
#!python
# Owner: friend
# Expect: done
# Output: ^no more than there was$
mine, theirs = api.get_self(), "attacker of " + api.get_self().partition(" of ")[2]
held = [api.get_user_info(name)["zoobars"] for name in (mine, theirs)]
print("no more than there was" if sum(held) == 20 and min(held) >= 0 else f"BREACH: {held}")
