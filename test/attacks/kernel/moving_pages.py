#!python
# Moves pages between pipes, files and memory without copying. Kernels have had faults there that made read-only pages
# writable.
# Wall: the list of system calls has none of these calls
# Expect: done
# Output: ^splice: EPERM$
# Output: ^the library into a pipe: EPERM$
# Denied: vmsplice=1 tee=1 splice=2 remap_file_pages=1 readahead=1 fadvise64=1 sync_file_range=1 process_vm_writev=1
reading, writing = os.pipe()
library = os.open(LIBRARY + "/os.py", os.O_RDONLY)
part = ctypes.create_string_buffer(b"x" * 64)
vector = (ctypes.c_uint64 * 2)(ctypes.addressof(part), 64)
raw("vmsplice", 278, writing, ctypes.byref(vector), 1, 8)
raw("tee", 276, reading, 1, 64, 0)
raw("splice", 275, reading, None, 3, None, 64, 0)
raw("the library into a pipe", 275, library, None, writing, None, 1, 0)
raw("remap_file_pages", 216, ctypes.addressof(part) & ~4095, 4096, 0, 1, 0)
raw("readahead", 187, library, 0, 1 << 20)
raw("fadvise64", 221, library, 0, 1 << 20, 3)
raw("sync_file_range", 277, library, 0, 0, 2)
raw("process_vm_writev", 311, 1, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0)
