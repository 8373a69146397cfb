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
<section class="card" aria-labelledby="statement-title">
<h2 id="statement-title">Your transactions</h2>
<p><a href="/zoobar/index.cgi/statement">Statement</a>: download your transactions, with proofs that they are in the bank's journal.</p>
<p><a href="/zoobar/index.cgi/offers">Offers</a>: zoobars that wait for somebody's consent, yours or another member's.</p>
</section>
<section class="card" aria-labelledby="password-title">
<h2 id="password-title">Change your password</h2>
{{>PASSWORD}}
</section>
{{#PASSKEYS}}
<section class="card" aria-labelledby="passkeys-title">
<h2 id="passkeys-title">Passkeys</h2>
<p>With a passkey you log in with the screen lock of your phone or computer, or with a security key. Your password still works.</p>
{{#SOME}}
<ul class="sessions">
{{#PASSKEY}}
<li>
<div>
<p class="agent"><bdi>{{LABEL}}</bdi></p>
<p class="hint">Added <time datetime="{{SINCE_ISO}}">{{SINCE}}</time>, {{#NEVER}}never used{{/NEVER}}{{#USED_ONCE}}last used <time datetime="{{USED_ISO}}">{{USED}}</time>{{/USED_ONCE}}</p>
</div>
<form method="post" action="/zoobar/index.cgi/account"><button name="remove_passkey" value="{{ID}}">Remove<span class="unseen"> the passkey {{LABEL}}</span></button></form>
</li>
{{/PASSKEY}}
</ul>
{{/SOME}}
{{#NONE}}<p class="hint">You have none.</p>{{/NONE}}
{{#HERE}}
<form method="post" action="/zoobar/index.cgi/passkeys" data-passkey="add" hidden>
<input name="username" value="{{NAME}}" autocomplete="username" hidden>
<div class="pair">
<div class="field">
<label for="passkey_name">Passkey name</label>
<input id="passkey_name" name="passkey_name" maxlength="64" placeholder="My phone" autocomplete="off" dir="auto">
</div>
<div class="field">
<label for="passkey_password">Your password</label>
<input id="passkey_password" name="password_now" type="password" autocomplete="current-password" required>
</div>
</div>
<div class="actions"><button>Add a passkey</button></div>
<p class="hint" role="status"></p>
</form>
<noscript><p class="hint">To add a passkey, allow JavaScript.</p></noscript>
{{/HERE}}
{{#ELSEWHERE}}<p class="hint">To add or use a passkey, open this site at {{ORIGIN}}.</p>{{/ELSEWHERE}}
</section>
{{/PASSKEYS}}
<section class="card" aria-labelledby="data-title">
<h2 id="data-title">Your data</h2>
<p><a href="/zoobar/index.cgi/export">Download your data</a> (JSON): your sessions and passkeys, your transfers and open offers, your profile and the files of your program.</p>
<p><a href="/zoobar/index.cgi/close">Close your account</a>: the next page says what stays and what is erased.</p>
</section>
<script src="/zoobar/media/strength.js" integrity="{{STRENGTH_HASH}}" defer></script>
{{#PASSKEYS_SCRIPT}}
<script src="/zoobar/media/passkeys.js" integrity="{{PASSKEYS_HASH}}" defer></script>
{{/PASSKEYS_SCRIPT}}
