#!python
# Shows SVG pictures with scripts, foreign documents and addresses of other servers.
# Wall: SVG is written again from a list of what is allowed
# Expect: done
# Output: ^(<img src="data:image/svg\+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjwvc3ZnPg==" alt="x">){9}$
# Output: ^refused refused refused refused $
# Absent: evil\.example
# Absent: alt="refused
import base64


def show(text, alt="x"):
    data = base64.b64encode(text.encode()).decode()
    print(f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" onload="alert(1)">', end="")


for inner in ("<script>alert(1)</script>", "<foreignObject><iframe src='//evil.example'/></foreignObject>",
              "<image href='https://evil.example/x.png'/>", "<style>@import '//evil.example/x.css'</style>",
              "<a href='javascript:alert(1)'><text>x</text></a>", "<set attributeName='onload' to='alert(1)'/>",
              "<?xml-stylesheet href='//evil.example'?>", "<script><![CDATA[alert(1)]]></script>"):
    show(f"<svg xmlns='http://www.w3.org/2000/svg'>{inner}</svg>")
show("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'></svg>")
print()
for text in ("<!DOCTYPE svg [<!ENTITY x 'y'>]><svg><text>&x;</text></svg>", "<html><script>alert(1)</script></html>",
             "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>", "alert(1)//<svg></svg>"):
    show(text, "refused ")
print()
