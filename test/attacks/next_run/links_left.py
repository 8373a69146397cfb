#!python
# Leaves symbolic links in the places where its files will be laid out again: who follows them writes elsewhere.
# Wall: files are laid out by the run itself, behind its walls, and links are not kept
# Expect: done
# Output: ^left$
os.makedirs("folder/inner")
os.symlink("/usr/lib/python3.11", "folder/library")
os.symlink("/etc/passwd", "folder/inner/passwd")
os.symlink("folder", "again")
open("folder/kept", "w").close()
print("left")
#!python
# Expect: done
# Output: ^no links: \['kept'\]$
links = [name for folder, folders, files in os.walk("/") if "python3.11" not in folder
         for name in folders + files if os.path.islink(os.path.join(folder, name))]
print("no links:" if not links else f"BREACH: {links}", [name for name in os.listdir("folder") if name != "inner"])
