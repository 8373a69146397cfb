#!python
# Chooses which part of the machine's memory it gets, and moves pages to another part.
# Wall: the list of system calls has none of these calls
# Expect: done
# Output: ^mbind: EPERM$
# Denied: mbind=1 set_mempolicy=1 get_mempolicy=1 move_pages=1 migrate_pages=1 set_mempolicy_home_node=1 pkey_alloc=1
# Denied: pkey_free=1 pkey_mprotect=1 453|map_shadow_stack=1 462|mseal=1
mask = ctypes.c_uint64(1)
page = ctypes.addressof(ctypes.create_string_buffer(8192)) & ~4095
raw("mbind", 237, page, 4096, 2, ctypes.byref(mask), 64, 2)
raw("set_mempolicy", 238, 2, ctypes.byref(mask), 64)
raw("get_mempolicy", 239, None, None, 0, 0, 4)
raw("move_pages", 279, 0, 1, ctypes.byref(ctypes.c_void_p(page)), None, ctypes.byref(mask), 2)
raw("migrate_pages", 256, 0, 64, ctypes.byref(mask), ctypes.byref(mask))
raw("home", 450, page, 4096, 0, 0)
raw("pkey_alloc", 330, 0, 0)
raw("pkey_free", 331, 1)
raw("pkey_mprotect", 329, page, 4096, 1, 0)
raw("shadow stack", 453, 0, 4096, 0)
raw("seal", 462, page, 4096, 0)
