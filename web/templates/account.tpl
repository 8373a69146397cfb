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
<section class="card" aria-labelledby="data-title">
<h2 id="data-title">Your data</h2>
<p><a href="/zoobar/index.cgi/export">Download your data</a> (JSON): your sessions, your transfers and open offers, your profile and the files of your program.</p>
<p><a href="/zoobar/index.cgi/close">Close your account</a>: the next page says what stays and what is erased.</p>
</section>
<script src="/zoobar/media/strength.js" integrity="{{STRENGTH_HASH}}" defer></script>
