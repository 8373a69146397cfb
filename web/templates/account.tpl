<h1>Account</h1>
{{#WARNING}}
<p class="message warning" role="alert">{{TEXT}}</p>
{{/WARNING}}
{{#NOTICE}}
<p class="message notice" role="status">{{TEXT}}</p>
{{/NOTICE}}
<section class="card" aria-labelledby="sessions-title">
<h2 id="sessions-title">Where you are logged in</h2>
<ul class="sessions">
{{#SESSION}}
<li>
<div>
<p class="agent"><bdi>{{AGENT}}</bdi>{{#CURRENT}} <span class="tag">this device</span>{{/CURRENT}}</p>
<p class="hint">Address {{ADDRESS}}, logged in <time datetime="{{SINCE_ISO}}">{{SINCE}}</time>, last used <time datetime="{{USED_ISO}}">{{USED}}</time></p>
</div>
{{#OTHER}}
<form method="post" action="/zoobar/index.cgi/account"><button name="end_session" value="{{ID}}">End session<span class="unseen"> of {{AGENT}}, last used {{USED}}</span></button></form>
{{/OTHER}}
</li>
{{/SESSION}}
</ul>
<form method="post" action="/zoobar/index.cgi/account">
<p class="hint">Times are UTC.</p>
<div class="actions">
<button class="danger" name="end_every_session" value="yes">Log out everywhere</button>
</div>
</form>
</section>
<section class="card" aria-labelledby="password-title">
<h2 id="password-title">Change your password</h2>
<p>This logs you out on other devices.</p>
<form method="post" action="/zoobar/index.cgi/account">
<input name="username" value="{{NAME}}" autocomplete="username" hidden>
<div class="field">
<label for="password_now">Current password</label>
<input id="password_now" name="password_now" type="password" autocomplete="current-password" required>
</div>
<div class="pair">
<div class="field">
<label for="password_new">New password</label>
<input id="password_new" name="password_new" type="password" autocomplete="new-password" aria-describedby="password-hint password-strength" data-strength="password-strength" required>
<p class="hint" id="password-hint">At least {{MIN_PASSWORD}} character{{#SEVERAL}}s{{/SEVERAL}}; several unrelated words work well.</p>
<p class="hint" id="password-strength" aria-live="polite"></p>
</div>
<div class="field">
<label for="password_again">Repeat the new password</label>
<input id="password_again" name="password_again" type="password" autocomplete="new-password" required>
</div>
</div>
<div class="actions">
<button class="primary" name="password_submit" value="Change">Change password</button>
</div>
</form>
</section>
<script src="/zoobar/media/strength.js" integrity="{{STRENGTH_HASH}}" defer></script>
