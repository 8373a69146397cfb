#!python
# Reads scores from a CSV file that it writes itself, and shows them as a table with a sum.
#
# Shows: name points
# Shows: Ada, the first 41
# Shows: Grace "Amazing" H. 37
# Shows: Sum 78
import csv
import html
import os

os.makedirs("/data/scores", exist_ok=True)
with open("/data/scores/all.csv", "w", newline="") as file:
    writer = csv.DictWriter(file, ["name", "points"])
    writer.writeheader()
    writer.writerows([{"name": "Ada, the first", "points": 41}, {"name": 'Grace "Amazing" H.', "points": 37}])

with open("/data/scores/all.csv", newline="") as file:
    rows = list(csv.DictReader(file))
print("<table><tr>" + "".join(f"<th>{title}</th>" for title in rows[0]) + "</tr>")
for row in rows:
    print("<tr>" + "".join(f"<td>{html.escape(value)}</td>" for value in row.values()) + "</tr>")
print(f"<tr><td>Sum</td><td>{sum(int(row['points']) for row in rows)}</td></tr></table>")
