#!python
# Is stopped in the middle of writing: half of it must not be what its next run finds.
# Wall: a stopped run's files are not kept
# Expect: done
# Output: ^whole$
with open("record", "w") as file:
    file.write("whole")
print("whole")
#!python
# Expect: stopped
# Denied: socket=16
with open("record", "w") as file:
    file.write("hal")
for _ in range(20):
    call(41, 1, 1, 0)
#!python
# Expect: done
# Output: ^whole$
print(open("record").read())
