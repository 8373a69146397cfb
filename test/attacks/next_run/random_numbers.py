#!python
# Keeps the random numbers of one run, to know those of the next, which is forked from the same interpreter.
# Wall: the random state of each run is made anew after the fork
# Expect: done
# Denied: socket?
# Output: ^kept [0-9]+ numbers$
import random
import secrets
import ssl
import tempfile
import uuid

makers = (random.random, random.Random().random, random.SystemRandom().random, lambda: random.getrandbits(64),
          lambda: secrets.token_hex(16), lambda: uuid.uuid4().hex, lambda: uuid.uuid1().hex,
          lambda: os.urandom(8).hex(), lambda: ssl.RAND_bytes(16).hex(), lambda: next(tempfile._get_candidate_names()))
numbers = [str(make()) for make in makers]
with open("numbers", "w") as file:
    file.write("\n".join(numbers))
print("kept", len(numbers), "numbers")
#!python
# Expect: done
# Output: ^all new$
# Denied: socket?
import random
import secrets
import ssl
import tempfile
import uuid

makers = (random.random, random.Random().random, random.SystemRandom().random, lambda: random.getrandbits(64),
          lambda: secrets.token_hex(16), lambda: uuid.uuid4().hex, lambda: uuid.uuid1().hex,
          lambda: os.urandom(8).hex(), lambda: ssl.RAND_bytes(16).hex(), lambda: next(tempfile._get_candidate_names()))
same = {str(make()) for make in makers} & set(open("numbers").read().split("\n"))
print("all new" if not same else f"BREACH: {same}")
