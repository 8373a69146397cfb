#!python
# Writes to standard error without end.
# Wall: the beginning is kept and the rest thrown away, until the time limit
# Expect: done
# Output: ^wrote 64 MiB$
for _ in range(1024):
    os.write(2, b"y" * 65536)
print("wrote 64 MiB")
