#!python
# Calls by the numbers of the x32 interface, which are the usual ones with one bit more.
# Wall: the filter kills for another architecture's call
# Expect: stopped
# Denied: another_architecture's_system_call=1
print("before", flush=True)
print("BREACH:", call(0x40000000 | 41, 2, 1, 0))
