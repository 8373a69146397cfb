#!python
# Leaves a set-user-id program for anybody who may execute it, and tries to execute it itself.
# Wall: the root is mounted nosuid and noexec, and the list of system calls has no execve
# Expect: done
# Output: ^run: EPERM$
# Denied: execve=1
with open(LIBRARY + "/lib-dynload/" + os.listdir(LIBRARY + "/lib-dynload")[0], "rb") as real:
    elf = real.read(65536)
with open("/root-shell", "wb") as program:
    program.write(elf)
os.chmod("/root-shell", 0o6777)
attempt("run", os.execv, "/root-shell", ["root-shell"])
if os.access("/root-shell", os.X_OK):
    print("BREACH: it may be executed")
#!python
# Expect: done
# Output: ^kept, with mode 0o100644, of this run$
status = os.stat("/root-shell")
print(f"kept, with mode {status.st_mode:#o}, of {'this run' if status.st_uid == os.getuid() else 'another'}")
