#!python
# Makes Landlock rules of its own, to find out by them what its walls are.
# Wall: the list of system calls has none of these calls
# Expect: done
# Output: ^a ruleset: EPERM$
# Denied: landlock_create_ruleset=2 landlock_add_rule=1 landlock_restrict_self=1 459|lsm_get_self_attr=1
# Denied: 460|lsm_set_self_attr=1 461|lsm_list_modules=1
room = ctypes.create_string_buffer(b"\xff\xff", 64)
raw("a version", 444, None, 0, 1)
raw("a ruleset", 444, room, 8, 0)
raw("a rule", 445, 3, 1, room, 0)
raw("restrict", 446, 3, 0)
raw("lsm_get_self_attr", 459, 100, room, room, 0)
raw("lsm_set_self_attr", 460, 100, room, 32, 0)
raw("lsm_list_modules", 461, room, room, 0)
