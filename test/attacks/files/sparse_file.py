#!python
# Makes files that are enormous and hold nothing. They would fill a store that believes their size.
# Wall: a limit on the size of a file; files are taken back by the size that they seem to have
# Expect: done
# Output: ^truncate: EFBIG$
# Output: ^seek and write: EFBIG$
def seek_and_write():
    with open("hole", "wb", buffering=0) as file:
        file.seek(1 << 42)
        file.write(b"x")


attempt("truncate", os.truncate, os.open("large", os.O_CREAT | os.O_RDWR), 1 << 42)
attempt("seek and write", seek_and_write)
for number in range(50):
    os.truncate(os.open(f"million{number}", os.O_CREAT | os.O_RDWR), 1 << 20)
#!python
# Expect: done
# Output: ^kept: [0-9]+ bytes$
kept = sum(os.path.getsize(name) for name in os.listdir("/") if os.path.isfile(name))
print(f"kept: {kept} bytes" if kept <= 1 << 20 else f"BREACH: {kept} bytes are kept")
