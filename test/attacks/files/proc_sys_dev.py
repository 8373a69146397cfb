#!python
# Looks for the kernel's own file systems and devices.
# Wall: none of them is in a run's root, but for five devices (files/devices.py)
# Expect: done
# Output: ^/proc: ENOENT$
# Output: ^/dev/mem: ENOENT$
for path in ("/proc", "/proc/1/environ", "/proc/self/mem", "/proc/self/maps", "/proc/sys/kernel/core_pattern",
             "/proc/kcore", "/sys", "/sys/fs/cgroup", "/sys/kernel/debug", "/dev/mem", "/dev/kmsg", "/dev/shm",
             "/dev/pts", "/dev/tty", "/dev/sda", "/dev/kvm", "/dev/fuse", "/dev/userfaultfd"):
    attempt(path, os.stat, path)
