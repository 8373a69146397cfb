#!python
# Shares and fetches files by paths that lead elsewhere: up, to the root, to the files of another owner.
# Wall: shared files are found in the owner's own record by a plain path; no file is opened
# Expect: done
# Output: ^share ../victim: share_file: path:
# Output: ^fetch \.\./victim: get_shared: path:
me = api.get_self()
for path in ("/etc/shadow", "../victim", "a/../../b", "", ".", LIBRARY[1:] + "/os.py", "x\0y", "x" * 300, "//x"):
    for what, action in (
        ("share", lambda: api.share_file(path, "everybody")),
        ("fetch", lambda: api.get_shared(me, path)),
    ):
        try:
            result = action()
            if what == "fetch":
                print(f"BREACH: {path!r} gave {result!r}")
        except ApiError as error:
            print(f"{what} {path[:20]}:", str(error)[:80])
