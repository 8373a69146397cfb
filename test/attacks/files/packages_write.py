#!python
# Tries to change modules of Debian packages, for every later run. Without packages, the folder is not there.
# Wall: the modules are mounted read-only
# Expect: done
# Output: ^a new module: (ENOENT|EROFS|EACCES)$
# Output: ^away: (ENOENT|EROFS|EACCES|EBUSY|EXDEV)$
# Output: ^another place: (ENOENT|EROFS|EACCES)$
# Denied: link? linkat?
attempt("a new module", open, "/usr/packages/modules/evil.py", "w")
attempt("a file of a module", open, "/usr/packages/modules/numpy/__init__.py", "r+")
attempt("a library", open, "/usr/packages/lib/libblas.so.3", "r+")
attempt("the list", open, "/usr/packages/warm", "a")
attempt("away", os.rename, "/usr/packages/modules", "/modules")
attempt("rights", os.chmod, "/usr/packages/modules", 0o777)
attempt("a folder", os.mkdir, "/usr/packages/modules/evil")
attempt("removed", os.unlink, "/usr/packages/warm")
attempt("another place", os.symlink, "/data", "/usr/packages/modules/evil")
