#!python
# Makes the browser of the visitor fetch something: pictures, styles, fonts, frames, addresses of the site.
# Wall: output is rebuilt from a list of what is allowed; only inline pictures are
# Expect: done
# Output: nothing to see
# Absent: evil\.example
# Absent: src="/zoobar
print("""nothing to see <img src="http://evil.example/count.png"><img src="/zoobar/index.cgi/logout">
<style>@import "//evil.example"</style><link rel=stylesheet href="//evil.example/a.css">
<p style="background:url(//evil.example/b)">x</p>
<meta http-equiv=refresh content="0;url=//evil.example/"><base href="//evil.example/">
<audio src="//evil.example/c" autoplay></audio>
<img srcset="//evil.example/d 2x"><input type=image src="//evil.example/e">
<table background="//evil.example/f"></table>""")
