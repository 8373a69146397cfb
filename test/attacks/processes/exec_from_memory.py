#!python
# Puts a program into a file in memory, which is on no mount, and executes it.
# Wall: the list of system calls has neither memfd_create nor execveat
# Expect: done
# Output: ^memfd_create: EPERM$
# Output: ^execveat: EPERM$
# Denied: memfd_create=2 memfd_secret=1 execveat=2
attempt("memfd_create", os.memfd_create, "program")
raw("executable", 319, b"program", 0x10)
raw("secret", 447, 0)
raw("execveat", 322, 0, b"", None, None, 0x1000)
attempt("fexecve", os.execve, 0, ["program"], {})
