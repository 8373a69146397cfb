<details class="reference">
<summary>API reference</summary>
<dl>
<dt><code>api.get_self()</code>, <code>api.get_visitor()</code></dt><dd>your name, the visitor's name</dd>
<dt><code>api.get_user_info(username)</code></dt><dd>a dictionary of <code>username</code>, <code>profile</code>, <code>zoobars</code>, or <code>None</code></dd>
<dt><code>api.get_xfers(username)</code></dt><dd>newest first: <code>sender</code>, <code>recipient</code>, <code>amount</code>, <code>time</code></dd>
<dt><code>api.xfer(target, zoobars)</code></dt><dd>pays from you; returns your new balance</dd>
<dt><code>api.get_visits(username=None, limit=20)</code>, <code>api.share_visits(to)</code></dt><dd>who visited; who may read this</dd>
<dt><code>api.get_wall(username=None, limit=20)</code>, <code>api.post(text, username=None)</code>, <code>api.remove_post(number, username=None)</code>, <code>api.open_wall(to)</code></dt><dd>posts on a wall; who may read it and write on it</dd>
<dt><code>api.send_message(to, text)</code>, <code>api.get_messages(limit=20)</code>, <code>api.remove_message(number)</code>, <code>api.accept_messages(senders)</code></dt><dd>messages; who may send them to you</dd>
<dt><code>api.share_file(path, to)</code>, <code>api.list_shared(username=None)</code>, <code>api.get_shared(username, path)</code>, <code>api.get_sharing()</code></dt><dd>files that you share, or others share with you; what you share</dd>
<dt><code>api.show(picture, alt=text)</code></dt><dd>prints a picture</dd>
<dt><code>ApiError</code></dt><dd>raised by a call that is refused; its text says why</dd>
</dl>
<p><a href="/zoobar/index.cgi/manual#calls-title">All about these calls</a></p>
</details>
