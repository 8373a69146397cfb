<div class="entrance">
<div class="welcome">
<h1>A small bank among friends</h1>
<p class="lead">Every member starts with a few zoobars. Send them to other members, thank somebody, settle a bet, and make a page of your own.</p>
</div>
<div class="doors">
<section class="card" aria-labelledby="login-title">
<h2 id="login-title">Log in</h2>
{{#NOTICE}}
<p class="message notice" role="status">{{TEXT}}</p>
{{/NOTICE}}
{{#LOGIN}}
{{#WARNED}}
<p class="message warning" role="alert" id="login-warning">{{WARNING}}</p>
{{/WARNED}}
<form method="post" action="/zoobar/index.cgi/login">
<div class="field">
<label for="login_username">Name</label>
<input id="login_username" name="login_username" value="{{TYPED}}" maxlength="128" autocomplete="username" autocapitalize="none" spellcheck="false" dir="auto" required{{#FOCUS_NAME}} autofocus{{/FOCUS_NAME}}>
</div>
<div class="field">
<label for="login_password">Password</label>
<input id="login_password" name="login_password" type="password" autocomplete="current-password" required{{#FOCUS_PASSWORD}} autofocus{{/FOCUS_PASSWORD}}>
</div>
<input type="hidden" name="nexturl" value="{{NEXT}}">
{{#CARRIED}}
<textarea name="profile_update" hidden>
{{PROFILE_SOURCE:pre_escape}}</textarea>
<input type="hidden" name="profile_of" value="{{PROFILE_OF}}">
{{/CARRIED}}
<div class="actions">
<button class="primary" name="submit_login" value="Log in">Log in</button>
</div>
</form>
{{/LOGIN}}
{{#PASSKEYS}}
<form method="post" action="/zoobar/index.cgi/passkeys" data-passkey="login" hidden>
<input type="hidden" name="nexturl" value="{{NEXT}}">
{{#CARRIED}}
<textarea name="profile_update" hidden>
{{PROFILE_SOURCE:pre_escape}}</textarea>
<input type="hidden" name="profile_of" value="{{PROFILE_OF}}">
{{/CARRIED}}
<div class="actions"><button>Log in with a passkey</button></div>
<p class="hint" role="status"></p>
</form>
{{/PASSKEYS}}
{{#TO_COPY}}
<div class="field">
<label for="copy">Your text is too long to be kept while you log in. Copy it from here first.</label>
<textarea id="copy" rows="6" readonly>
{{PROFILE_SOURCE:pre_escape}}</textarea>
</div>
{{/TO_COPY}}
</section>
<section class="card" aria-labelledby="register-title">
<h2 id="register-title">New here? Register</h2>
{{#REGISTRATION}}
{{#WARNED}}
<p class="message warning" role="alert" id="login-warning">{{WARNING}}</p>
{{/WARNED}}
<form method="post" action="/zoobar/index.cgi/login">
<div class="field">
<label for="register_username">Choose a name</label>
<input id="register_username" name="login_username" value="{{TYPED}}" maxlength="128" autocomplete="username" autocapitalize="none" spellcheck="false" dir="auto" aria-describedby="name-hint" required{{#FOCUS_NAME}} autofocus{{/FOCUS_NAME}}>
<p class="hint" id="name-hint">All members see it. It cannot be changed.</p>
</div>
<div class="field">
<label for="register_password">Choose a password</label>
<input id="register_password" name="login_password" type="password" autocomplete="new-password" aria-describedby="password-hint password-strength" data-strength="password-strength" required{{#FOCUS_PASSWORD}} autofocus{{/FOCUS_PASSWORD}}>
<p class="hint" id="password-hint">At least {{MIN_PASSWORD}} character{{#SEVERAL}}s{{/SEVERAL}}; several unrelated words work well.</p>
<p class="hint" id="password-strength" aria-live="polite"></p>
</div>
<input type="hidden" name="nexturl" value="{{NEXT}}">
{{#CARRIED}}
<textarea name="profile_update" hidden>
{{PROFILE_SOURCE:pre_escape}}</textarea>
<input type="hidden" name="profile_of" value="{{PROFILE_OF}}">
{{/CARRIED}}
<div class="actions">
<button name="submit_registration" value="Register">Register</button>
</div>
</form>
{{/REGISTRATION}}
</section>
</div>
</div>
<script src="/zoobar/media/strength.js" integrity="{{STRENGTH_HASH}}" defer></script>
{{#PASSKEYS_SCRIPT}}
<script src="/zoobar/media/passkeys.js" integrity="{{PASSKEYS_HASH}}" defer></script>
{{/PASSKEYS_SCRIPT}}
