<h1>Home</h1>
{{#WARNING}}
<p class="message warning" role="alert">{{TEXT}}</p>
{{/WARNING}}
{{#NOTICE}}
<p class="message notice" role="status">{{TEXT}}</p>
{{/NOTICE}}
<section class="passbook" aria-label="Your balance">
<p class="balance"><span class="label">Balance:</span> <strong class="figure">{{ZOOBARS}} zoobars</strong></p>
<p class="actions"><a class="button primary" href="/zoobar/index.cgi/transfer">Send zoobars</a> <a class="button" href="/zoobar/index.cgi/journal">Your journal</a></p>
</section>
<section class="card" aria-labelledby="profile-title">
<h2 id="profile-title">Your profile</h2>
<p>What other members see on <a href="/zoobar/index.cgi/users?user={{NAME:url_query_escape}}">your page</a>.</p>
<form method="post" action="/zoobar/index.cgi/">
<div class="field">
<label for="profile_update">Profile</label>
<textarea id="profile_update" name="profile_update" rows="10" dir="auto" aria-describedby="profile-hint">
{{PROFILE_SOURCE:pre_escape}}</textarea>
<p class="hint" id="profile-hint">HTML is welcome; scripts and styles are taken out when you save. A profile that starts with <code>#!python</code> is a program. At most {{PROFILE_LIMIT}} bytes.</p>
{{#PROGRAM}}
<p class="hint">Yours is a program. Running programs comes next; until then visitors see its source.</p>
{{/PROGRAM}}
</div>
<div class="actions">
<button class="primary" name="profile_submit" value="Save">Save profile</button>
</div>
</form>
</section>
