#!python
# Makes calls that somebody else might have: methods of the roles behind the API, of Python, and invented ones.
# Wall: a table of the calls that exist
# Expect: done
# Output: ^Spend: there is no call Spend$
for name in ("Spend", "Save", "Show", "Begin", "Pause", "OpenAccount", "_write", "__class__", "xfer\0", "XFER", "",
             "x" * 5000, "../xfer", "get_self; xfer", "<script>"):
    try:
        print("BREACH:", api.call(name))
    except ApiError as error:
        print(f"{name[:20]}:", str(error)[:100])
