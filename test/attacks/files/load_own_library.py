#!python
# Writes a shared library into its root and loads it.
# Wall: the files of a run are on a noexec mount
# Expect: done
# Output: ^load: OSError: .*failed to map segment
import _ctypes
import glob

small = min(glob.glob(LIBRARY + "/lib-dynload/*.so"), key=os.path.getsize)
with open(small, "rb") as library, open("/evil.so", "wb") as copy:
    copy.write(library.read())
os.chmod("/evil.so", 0o755)
try:
    _ctypes.dlopen("/evil.so", 2)
    print("BREACH: loaded")
except OSError as error:
    print("load: OSError:", error)
