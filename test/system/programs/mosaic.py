#!python
# Paints a picture with PIL and shows it as a data: address. No two visitors see the same one.
#
# Packages: PIL
# Shows: A mosaic for
# Shows: 64 by 64 points
# Picture: image/png
import base64
import hashlib
import html
import io

import api
from PIL import Image, ImageDraw

visitor = api.call("get_visitor")
picture = Image.new("RGB", (64, 64), "white")
brush = ImageDraw.Draw(picture)
for place, byte in enumerate(hashlib.sha256(visitor.encode()).digest()):
    x, y = place % 8 * 8, place // 8 * 16
    brush.ellipse((x, y, x + 7, y + 15), fill=(byte, 255 - byte, byte * 7 % 256))

memory = io.BytesIO()
picture.save(memory, "PNG")
address = "data:image/png;base64," + base64.b64encode(memory.getvalue()).decode()
print("<p>A mosaic for", html.escape(visitor), "</p>")
print(f'<p><img src="{address}" alt="a mosaic"></p>')
print(f"<p>{picture.width} by {picture.height} points</p>")
