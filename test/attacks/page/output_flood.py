#!python
# Prints without end.
# Wall: a run is ended when its output is past the limit; the page shows the beginning
# Expect: done
# Output: ^This program printed more than fits|printed more than fits
# Output: xxxx
while True:
    os.write(1, b"x" * 65536)
