#!python
# Prints scripts, in every place where HTML permits them.
# Wall: output is rebuilt from a list of what is allowed
# Expect: done
# Output: plain text
# Absent: alert\(
# Absent: <(iframe|object|embed|svg|math)
print("""<p>plain text</p><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">x</a>
<svg onload=alert(4)><script>alert(5)</script></svg><iframe srcdoc="<script>alert(6)</script>"></iframe>
<body onload=alert(7)><math><mtext><img src=x onerror=alert(8)></mtext></math>
<object data="javascript:alert(9)"></object>
<embed src="data:text/html,<script>alert(10)</script>"><form><button formaction="javascript:alert(11)">x</button></form>
<a href="jav&#x09;ascript:alert(12)">x</a><noscript><p title="</noscript><img src=x onerror=alert(13)>"></noscript>""")
