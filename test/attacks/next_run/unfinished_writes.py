#!python
# Is stopped in the middle of writing a file. Its next run must not find half of it.
# Wall: the files of a run that was stopped are not kept
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
    call(41, 2, 1, 0)
#!python
# Expect: done
# Output: ^whole$
print(open("record").read())
