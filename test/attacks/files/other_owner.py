#!python
# A member keeps a diary. Another member's program looks for it wherever it might be.
# Wall: each run has a root of its own, which holds the files of its owner only
# Owner: victim
# Visitor: victim
# Expect: done
# Output: ^written$
os.mkdir("private")
with open("private/diary", "w") as diary:
    diary.write("the spare key lies under the third stone")
print("written")
#!python
# Expect: done
# Output: ^here: \['data', 'dev', 'tmp', 'usr'\] \[\] \[\]$
print("here:", sorted(os.listdir("/")), os.listdir("/data"), os.listdir("/tmp"))
names = ("private/diary", "/private/diary", "../private/diary", "../victim/private/diary", "/victim/private/diary",
         "/run/private/diary", "/old/private/diary", "/store/files/victim/private/diary", ".private/diary")
for name in names:
    attempt(name, open, name)
for folder, _, files in os.walk("/"):
    if "diary" in files:
        print("BREACH:", folder)
#!python
# Owner: victim
# Visitor: victim
# Expect: done
# Output: ^the spare key lies under the third stone$
print(open("private/diary").read())
