#!python
# Loads and unloads kernel modules, and loads another kernel.
# Wall: the list of system calls has none of these calls, and there are no capabilities
# Expect: done
# Output: ^init_module: EPERM$
# Output: ^kexec_file_load: EPERM$
# Denied: init_module=1 finit_module=1 delete_module=1 create_module=1 query_module=1 get_kernel_syms=1 kexec_load=1
# Denied: kexec_file_load=1
raw("init_module", 175, b"\x7fELF", 4, b"")
raw("finit_module", 313, 3, b"", 0)
raw("delete_module", 176, b"ext4", 0x800)
raw("create_module", 174, b"evil", 4096)
raw("query_module", 178, None, 1, None, 0, None)
raw("get_kernel_syms", 177, None)
raw("kexec_load", 246, 0, 0, None, 0)
raw("kexec_file_load", 320, 3, 3, 0, None, 0)
