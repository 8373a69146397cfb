#!python
# The built-in program that checks the walls of its run. It prints one line: that the walls stand, or which are broken.
import ctypes
import errno
import os
import socket
import sys
import threading

libc = ctypes.CDLL(None, use_errno=True)
broken = []
devices = {"null", "zero", "full", "random", "urandom"}
# The numbers of system calls differ between architectures. On one that is not here, the canary fails.
numbers = {
    "x86_64": {"ptrace": 101, "setresuid": 117, "mount": 165, "keyctl": 250, "unshare": 272, "bpf": 321, "io_uring_setup": 425},
    "aarch64": {"ptrace": 117, "setresuid": 147, "mount": 40, "keyctl": 219, "unshare": 97, "bpf": 280, "io_uring_setup": 425},
}[os.uname().machine]


def refused(name, *arguments):
    # A container's own filter may answer ENOSYS before the run's filter is asked.
    ctypes.set_errno(0)
    if libc.syscall(numbers[name], *arguments) != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        broken.append(name)


def raises(what, action, kind):
    try:
        action()
    except kind:
        return
    except OSError:
        pass
    broken.append(what)


raises("socket", lambda: socket.socket(), PermissionError)
raises("fork", os.fork, PermissionError)
raises("a file of the machine", lambda: open("/etc/passwd"), FileNotFoundError)
raises("/proc", lambda: os.listdir("/proc"), FileNotFoundError)
raises("a file of devices", lambda: os.unlink("/dev/null"), OSError)
raises("the standard library", lambda: open(f"/usr/lib/python3.{sys.version_info.minor}/os.py", "a"), OSError)
refused("ptrace", 0, 0, 0, 0)
refused("unshare", 0x10000000)
refused("mount", b"x", b"/", b"tmpfs", 0, 0)
refused("keyctl", 0, 0, 0, 0, 0)
refused("bpf", 0, 0, 0)
refused("io_uring_setup", 1, 0)
refused("setresuid", 0, 0, 0)
if set(os.listdir("/")) != {"data", "dev", "tmp", "usr"} or not devices >= set(os.listdir("/dev")):
    broken.append("a root of its own")
raises("another process", lambda: os.kill(2 if os.getpid() == 1 else 1, 0), (ProcessLookupError, PermissionError))
if os.getuid() != os.geteuid() or os.getgroups():
    broken.append("an id of its own")
started = []
thread = threading.Thread(target=started.append, args=(1,))
thread.start()
thread.join()
if not started:
    broken.append("threads")
print("broken: " + ", ".join(broken) if broken else "the walls stand")
