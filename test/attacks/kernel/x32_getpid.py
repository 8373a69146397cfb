#!python
# The same with a call that does no harm, and a number past the sign bit.
# Wall: the filter kills for another architecture's call
# Expect: stopped
# Denied: another_architecture's_system_call=1
print("BREACH:", call(0xC0000000 | 39))
