# What all attacks use. The test puts it below the first line of each attack.
import ctypes
import errno
import os
import sys

LIBRARY = "/usr/lib/python%d.%d" % sys.version_info[:2]  # Debian 12 and 13 have different versions
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(number, *arguments):
    """Makes a system call by its number. Returns its result, or -errno."""
    ctypes.set_errno(0)
    arguments = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *arguments)
    return -ctypes.get_errno() if result == -1 else result


def name_of(error):
    return errno.errorcode.get(getattr(error, "errno", None), type(error).__name__)


def attempt(what, action, *arguments, **named):
    """Does something that must not succeed. No exception from it ends the program."""
    try:
        result = action(*arguments, **named)
    except Exception as error:
        print(f"{what}: {name_of(error)}")
    else:
        print(f"BREACH: {what} gave {result!r}")


def raw(what, number, *arguments):
    """Makes a system call that must not succeed."""
    result = call(number, *arguments)
    print(f"BREACH: {what} gave {result}" if result >= 0 else f"{what}: {errno.errorcode.get(-result, result)}")


