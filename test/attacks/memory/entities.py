#!python
# Makes an XML parser expand entities that consist of entities ("billion laughs"), and one long entity many times.
# Wall: limits on a run's address space and time
# Expect: done
# Output: ^laughs: (ParseError|MemoryError)$
import xml.etree.ElementTree as tree

levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
attempt("laughs", tree.fromstring, f'<!DOCTYPE x [<!ENTITY l0 "ha">{levels}]><x>&l9;</x>')
attempt("quadratic", tree.fromstring, f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><x>{"&a;" * 50_000}</x>')
