#!python
# Changes its files while its owner tries it, and is denied a call meanwhile.
# Wall: nothing of a trial is kept except its denials
# Expect: done
# Output: ^whole$
with open("record", "w") as file:
    file.write("whole")
print("whole")
#!python
# Tried
# Expect: done
# Output: ^whole, then not$
# Denied: socket=1
was = open("record").read()
call(41, 2, 1, 0)
with open("record", "w") as file:
    file.write("tried")
print(was + ", then not")
#!python
# Expect: done
# Output: ^whole$
print(open("record").read())
