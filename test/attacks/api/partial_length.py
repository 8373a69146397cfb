#!python
# Sends two of the four bytes of a length, and ends.
# Wall: what is not whole is not read
# Expect: done
# Output: ^sent 2$
print("sent", os.write(3, b"\x10\x00"))
