#!python
# Splits its memory into as many mappings as the kernel permits.
# Wall: a limit on a run's address space; the kernel's own limit on mappings
# Expect: done
# Output: ^[0-9]+ mappings$
area = call(9, 0, 100 << 20, 3, 0x22, -1, 0)
count = 0
for page in range(area, area + (100 << 20), 8192):
    if call(10, page, 4096, 0) < 0:
        break
    count += 2
print(count, "mappings")
