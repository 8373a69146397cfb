#!python
# Puts a file, and a link, where the path of the library begins, so that its next run cannot be prepared.
# Wall: a file that is in the way of the walls is not kept
# Expect: done
# Output: ^put$
os.rename("/usr", "/aside")
with open("/usr", "w") as file:
    file.write("in the way")
print("put")
#!python
# Expect: done
# Output: ^\['aside', 'data', 'dev', 'tmp', 'usr'\]$
print(sorted(os.listdir("/")))
