#!python
# Sorts and counts books that are dataclasses, and writes them as JSON.
#
# Shows: 1813: Pride and Prejudice
# Shows: 1818: Frankenstein
# Shows: 1847: Jane Eyre
# Shows: Half of them are longer than 432 pages
# Shows: A book cannot be changed
# Shows: "title": "Frankenstein"
import html
import json
import statistics
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace


@dataclass(order=True, frozen=True)
class Book:
    year: int
    title: str = field(compare=False)
    pages: int = field(default=0, compare=False)


shelf = [Book(1847, "Jane Eyre", 532), Book(1813, "Pride and Prejudice", 432), Book(1818, "Frankenstein", 280)]
print("<ol>")
for book in sorted(shelf):
    print(f"<li>{book.year}: {html.escape(book.title)}</li>")
print("</ol>")
print(f"<p>Half of them are longer than {statistics.median(book.pages for book in shelf)} pages</p>")
try:
    shelf[0].pages = 1
except FrozenInstanceError:
    print("<p>A book cannot be changed</p>")
print("<pre>" + html.escape(json.dumps([asdict(replace(book, pages=0)) for book in shelf], indent=2), quote=False) + "</pre>")
