#!python
# Prints without end.
# Wall: a run is ended when its output is past the limit; the page shows the beginning
# Expect: done
# Output: ^This program's output is too long|output is too long
# Output: xxxx
while True:
    os.write(1, b"x" * 65536)
