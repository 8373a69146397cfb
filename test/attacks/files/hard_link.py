#!python
# Makes hard links to files of the library, to its own files, and to what a descriptor holds.
# Wall: the list of system calls has neither link nor linkat
# Expect: done
# Output: ^library: EPERM$
# Output: ^standard output: EPERM$
# Denied: link=2 linkat=2
open("own", "w").close()
raw("library", 86, (LIBRARY + "/os.py").encode(), b"/os.py")
raw("own", 86, b"/own", b"/second")
raw("standard output", 265, 1, b"", -100, b"/output", 0x1000)
raw("own by linkat", 265, -100, b"/own", -100, b"/second", 0)
