#!python
# Reboots the machine, changes its swap, its accounting and its quotas, reads its log, hangs up its terminal.
# Wall: the list of system calls has none of these calls, and there are no capabilities
# Expect: done
# Output: ^reboot: EPERM$
# Output: ^read the log: EPERM$
# Denied: reboot=2 swapon=1 swapoff=1 acct=1 syslog=2 vhangup=1 quotactl=1 quotactl_fd=1 sync=1 syncfs=1 nfsservctl=1
os.close(os.open("swap", os.O_CREAT))
raw("reboot", 169, 0xFEE1DEAD, 672274793, 0x1234567, None)
raw("ctrl-alt-del", 169, 0xFEE1DEAD, 672274793, 0, None)
raw("swapon", 167, b"/swap", 0)
raw("swapoff", 168, b"/swap")
raw("acct", 163, b"/swap")
raw("read the log", 103, 3, ctypes.create_string_buffer(4096), 4096)
raw("clear the log", 103, 5, None, 0)
raw("vhangup", 153)
raw("quotactl", 179, 0x800002, b"/dev/sda1", 0, None)
raw("quotactl_fd", 443, 3, 0x800002, 0, None)
raw("sync of the machine's disks", 162)
raw("syncfs", 306, 3)
raw("nfsservctl", 180, 0, None, None)
