#!python
# Raises its own limits and those of others, by the old system call and the new one.
# Wall: limits may be read but not set; the hard limits are set too
# Expect: done
# Output: ^RLIMIT_AS: ValueError$
# Output: ^of another: EPERM$
# Denied: prlimit64=13 setrlimit=1
import resource

for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_STACK",
             "RLIMIT_MEMLOCK", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE"):
    attempt(name, resource.setrlimit, getattr(resource, name), (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
attempt("lower", resource.setrlimit, resource.RLIMIT_CORE, (0, 0))
limit = (ctypes.c_uint64 * 2)(1, 1)
raw("of another", 302, 2, 7, None, ctypes.byref(limit))
raw("of itself by number", 302, 1, 7, ctypes.byref(limit), None)
raw("with high bits", 302, 1 << 32, 7, None, ctypes.byref(limit))
raw("setrlimit", 160, 7, ctypes.byref(limit))
