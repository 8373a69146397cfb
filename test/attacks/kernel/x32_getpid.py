#!python
# Makes an x32 call that does no harm, and one with a number past the sign bit.
# Wall: the filter kills for a system call of another architecture
# Expect: stopped
# Denied: another_architecture's_system_call=1
print("BREACH:", call(0xC0000000 | 39))
