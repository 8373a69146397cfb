<section class="sign-in" aria-labelledby="sign-in-title">
<h1 id="sign-in-title">Sign in</h1>
{{#WARNING}}
<p class="warning" role="alert">{{TEXT}}</p>
{{/WARNING}}
<form method="post" action="/sign-in">
<label for="secret">Operator secret</label>
<input id="secret" name="{{FIELD}}" type="password" autocomplete="off" aria-describedby="secret-hint" required autofocus>
<p class="soft" id="secret-hint">It is in the file <code>operator.secret</code> of the state directory. This page shows the site; it changes nothing.</p>
<button class="primary">Sign in</button>
</form>
</section>
