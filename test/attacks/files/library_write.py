#!python
# Overwrites modules that every other program imports.
# Wall: the standard library is a read-only mount
# Expect: done
# Output: ^append: (EROFS|EACCES)$
# Output: ^truncate: (EROFS|EACCES)$
library = LIBRARY + "/"
for what, flags in (("append", os.O_APPEND | os.O_WRONLY), ("write", os.O_RDWR), ("empty", os.O_TRUNC | os.O_WRONLY),
                    ("empty by reading", os.O_TRUNC | os.O_RDONLY), ("a new file", os.O_CREAT | os.O_WRONLY)):
    attempt(what, os.open, library + ("new.py" if what == "a new file" else "os.py"), flags)
attempt("truncate", os.truncate, library + "os.py", 0)
attempt("by reading", os.write, os.open(library + "os.py", os.O_RDONLY), b"import evil")
attempt("ftruncate", os.ftruncate, os.open(library + "os.py", os.O_RDONLY), 0)
attempt("a cache", open, library + f"__pycache__/os.{sys.implementation.cache_tag}.pyc", "wb")
attempt("an unnamed file", os.open, library, os.O_TMPFILE | os.O_WRONLY)
