#!python
# Changes, removes, replaces, locks and maps the devices that every run has, and asks their drivers for more.
# Wall: the devices are zoobar's own files, on a file system that is mounted read-only; no request of theirs is allowed
# Expect: done
# Output: ^mode of null: EROFS$
# Output: ^remove null: EROFS$
# Output: ^times of null: EROFS$
# Output: ^entropy: EPERM$
# Output: ^code from zero: (EPERM|EACCES|ENODEV)$
# Output: ^only these: \['full', 'null', 'random', 'urandom', 'zero'\]$
# Output: ^a lock of null$
# Denied: ioctl=3 mknodat=1 chown=1 setxattr=1
import fcntl
import mmap

print("only these:", sorted(os.listdir("/dev")))
for name in ("null", "urandom"):
    path = "/dev/" + name
    attempt("mode of " + name, os.chmod, path, 0o777)
    attempt("times of " + name, os.utime, path)
    attempt("remove " + name, os.unlink, path)
    attempt("rename " + name, os.rename, path, "/tmp/" + name)
    attempt("truncate " + name, os.truncate, path, 1)
attempt("replace null", os.rename, os.path.join("/tmp", "x") if not open("/tmp/x", "w").close() else "", "/dev/null")
attempt("owner", os.chown, "/dev/null", os.getuid(), os.getgid())
attempt("attribute", os.setxattr, "/dev/null", "user.x", b"x")
attempt("a new file", open, "/dev/mine", "w")
attempt("a new folder", os.mkdir, "/dev/shm")
attempt("a new link", os.symlink, "/dev/null", "/dev/mine")
attempt("a new device", os.mknod, "/dev/mem", 0o20666, os.makedev(1, 1))
attempt("the folder away", os.rename, "/dev", "/aside")
attempt("the folder", os.rmdir, "/dev")
random = os.open("/dev/random", os.O_RDWR)
raw("entropy", 16, random, 0x40085203, (ctypes.c_int * 4)(64, 8, 0, 0))
raw("clear the pool", 16, random, 0x5206, 0)
raw("reseed", 16, random, 0x5207, 0)
zero = os.open("/dev/zero", os.O_RDWR)
attempt("code from zero", mmap.mmap, zero, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC, flags=mmap.MAP_PRIVATE)
fcntl.flock(os.open("/dev/null", os.O_RDWR), fcntl.LOCK_EX)  # it locks a file of zoobar's, not of the machine
print("a lock of null")
print("written:", os.write(random, bytes(64)))
