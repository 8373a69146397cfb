#!python
# Leaves symbolic links where its files will be written for the next run. Code that follows them would write elsewhere.
# Wall: the run itself writes its files, behind its walls; links are not kept
# Expect: done
# Output: ^left$
os.makedirs("folder/inner")
os.symlink(LIBRARY, "folder/library")
os.symlink("/etc/passwd", "folder/inner/passwd")
os.symlink("folder", "again")
open("folder/kept", "w").close()
print("left")
#!python
# Expect: done
# Output: ^no links: \['kept'\]$
links = [name for folder, folders, files in os.walk("/") if not folder.startswith("/usr")
         for name in folders + files if os.path.islink(os.path.join(folder, name))]
print("no links:" if not links else f"BREACH: {links}", [name for name in os.listdir("folder") if name != "inner"])
