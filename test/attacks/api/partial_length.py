#!python
# Sends two of the four bytes of a length, and ends.
# Wall: a request is not looked at before all of it is there
# Expect: done
# Output: ^sent 2$
print("sent", os.write(3, b"\x10\x00"))
