#!python
# Moves modules that every other program imports, or changes their names, times and modes.
# Wall: the standard library is a read-only mount, and belongs to another user id
# Expect: done
# Output: ^unlink: (EROFS|EACCES)$
# Output: ^chmod: (EROFS|EPERM)$
library = LIBRARY + "/"
open("evil.py", "w").close()
attempt("unlink", os.unlink, library + "os.py")
attempt("rename", os.rename, library + "os.py", library + "so.py")
attempt("rename out", os.rename, library + "os.py", "/os.py")
attempt("rename in", os.rename, "/evil.py", library + "os.py")
attempt("a folder", os.mkdir, library + "evil")
attempt("a link", os.symlink, "/evil.py", library + "evil.py")
attempt("rmdir", os.rmdir, library + "json")
attempt("rename the library", os.rename, LIBRARY, "/usr/lib/mine")
attempt("remove the library", os.rmdir, LIBRARY)
attempt("chmod", os.chmod, library + "os.py", 0o777)
attempt("times", os.utime, library + "os.py", (0, 0))
