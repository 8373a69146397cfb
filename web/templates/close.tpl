<h1>Close your account</h1>
{{#WARNING}}
<p class="message warning" role="alert">{{TEXT}}</p>
{{/WARNING}}
<section class="card">
<p>This cannot be undone.</p>
<ul>
<li>Your profile, your program and its files, your wall and your messages are erased.</li>
<li>Your zoobars stay in the closed account. Nobody can use them. Send them to somebody first if you like.</li>
<li>Your open offers end. What you offered stays in the closed account; what others offered you goes back to them.</li>
<li>The journal keeps your transfers, because they are also those of others.</li>
<li>Nobody can take your name, and nobody can log in with it.</li>
</ul>
<p>You can <a href="/zoobar/index.cgi/export">download your data</a> first.</p>
<form method="post" action="/zoobar/index.cgi/close">
<input name="username" value="{{NAME}}" autocomplete="username" hidden>
<div class="field">
<label for="password_now">Your password</label>
<input id="password_now" name="password_now" type="password" autocomplete="current-password" required>
</div>
<div class="actions">
<button class="danger" name="close_submit" value="Close">Close my account for ever</button>
<a href="/zoobar/index.cgi/account">Keep it</a>
</div>
</form>
</section>
