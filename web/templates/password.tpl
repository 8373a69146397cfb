{{#KNOWN}}<p>This logs you out on other devices.</p>{{/KNOWN}}
<form method="post" action="/zoobar/index.cgi/password">
<input name="username" value="{{NAME}}" autocomplete="username" hidden>
<div class="field">
<label for="password_now">{{#KNOWN}}Current{{/KNOWN}}{{#ONE_TIME}}One-time{{/ONE_TIME}} password</label>
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
