#!python
# Draws a pie chart as SVG and shows it as a picture.
#
# Shows: What zoobars are spent on
# Picture: image/svg+xml
# Shows: apples 50 %
# Shows: pears 30 %
import base64
import math

PARTS = {"apples": (50, "#4a7"), "pears": (30, "#c83"), "plums": (20, "#639")}

slices, angle = [], 0.0
for percent, colour in PARTS.values():
    end = angle + percent / 100 * math.tau
    x1, y1, x2, y2 = (round(50 * f(a), 2) for a in (angle, end) for f in (math.cos, math.sin))
    slices.append(f'<path d="M0 0 L{x1} {y1} A50 50 0 {int(percent > 50)} 1 {x2} {y2} Z" fill="{colour}"/>')
    angle = end
drawing = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200" viewBox="-55 -55 110 110">'
    + "".join(slices)
    + "</svg>"
)
print("<h3>What zoobars are spent on</h3>")
print(f'<p><img src="data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}" alt="a pie"></p>')
for name, (percent, _) in PARTS.items():
    print(f"<p>{name} {percent} %</p>")
