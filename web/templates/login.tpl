<div class="entrance">
<div class="welcome">
<h1>A small bank among friends</h1>
<p class="lead">Every member starts with a few zoobars. Send them to other members, thank somebody, settle a bet, and make a page of your own.</p>
</div>
<section class="card" aria-labelledby="login-title">
<h2 id="login-title">Log in or register</h2>
{{#WARNING}}
<p class="message warning" role="alert" id="login-warning">{{TEXT}}</p>
{{/WARNING}}
{{#NOTICE}}
<p class="message notice" role="status">{{TEXT}}</p>
{{/NOTICE}}
<form method="post" action="/zoobar/index.cgi/login">
<div class="field">
<label for="login_username">Name</label>
<input id="login_username" name="login_username" value="{{NAME}}" maxlength="128" autocomplete="username" autocapitalize="none" spellcheck="false" dir="auto" required{{#FOCUS_NAME}} autofocus{{/FOCUS_NAME}}>
</div>
<div class="field">
<label for="login_password">Password</label>
<input id="login_password" name="login_password" type="password" autocomplete="current-password" aria-describedby="password-hint password-strength" data-strength="password-strength" required{{#FOCUS_PASSWORD}} autofocus{{/FOCUS_PASSWORD}}>
<p class="hint" id="password-hint">For a new account: at least {{MIN_PASSWORD}} character{{#SEVERAL}}s{{/SEVERAL}}; several unrelated words work well.</p>
<p class="hint" id="password-strength" aria-live="polite"></p>
</div>
<input type="hidden" name="nexturl" value="{{NEXT}}">
{{#CARRIED}}
<textarea name="profile_update" hidden>
{{PROFILE_SOURCE:pre_escape}}</textarea>
<input type="hidden" name="profile_of" value="{{PROFILE_OF}}">
{{/CARRIED}}
<div class="actions">
<button class="primary" name="submit_login" value="Log in">Log in</button>
<button name="submit_registration" value="Register">Register</button>
</div>
</form>
{{#TO_COPY}}
<div class="field">
<label for="copy">Your text is too long to be kept while you log in. Copy it from here first.</label>
<textarea id="copy" rows="6" readonly>
{{PROFILE_SOURCE:pre_escape}}</textarea>
</div>
{{/TO_COPY}}
</section>
</div>
<script src="/zoobar/media/strength.js" integrity="{{STRENGTH_HASH}}" defer></script>
