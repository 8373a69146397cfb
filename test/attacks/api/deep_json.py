#!python
# Nests lists and objects tens of thousands deep, against a parser that works by recursion.
# Wall: requests are read without recursion, and nothing below the list of an argument is kept
# Expect: done
# Output: ^lists: .*must be text$
# Output: ^objects: .*must be text$
def ask(body):
    os.write(3, len(body).to_bytes(4, "little") + body)
    length = int.from_bytes(os.read(3, 4), "little")
    return os.read(3, length).decode()[10:-2]


depth = 16_000
lists, objects = b"[" * depth + b"]" * depth, b'{"":' * (depth // 2) + b"1" + b"}" * (depth // 2)
for what, text in (("lists", lists), ("objects", objects)):
    print(f"{what}:", ask(b'{"call": "get_user_info", "username": ' + text + b"}"))
