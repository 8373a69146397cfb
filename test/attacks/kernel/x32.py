#!python
# Makes system calls by the numbers of the x32 interface, which are the usual numbers with one more bit.
# Wall: the filter kills for a system call of another architecture
# Expect: stopped
# Denied: another_architecture's_system_call=1
print("before", flush=True)
print("BREACH:", call(0x40000000 | 41, 2, 1, 0))
