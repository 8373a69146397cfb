<h1>Home</h1>
{{#WARNING}}
<p class="message warning" role="alert">{{TEXT}}</p>
{{/WARNING}}
{{#NOTICE}}
<p class="message notice" role="status">{{TEXT}}</p>
{{/NOTICE}}
<section class="passbook" aria-label="Your balance">
<p class="balance"><span class="label">Balance:</span> <strong class="figure">{{ZOOBARS}} zoobars</strong></p>
<p class="actions"><a class="button primary" href="/zoobar/index.cgi/transfer">Send zoobars</a> <a class="button" href="/zoobar/index.cgi/offers">Offers</a> <a class="button" href="/zoobar/index.cgi/journal">Your journal</a></p>
</section>
<div class="workbench{{#WIDE}} wide{{/WIDE}}">
{{#TRIED}}
<section class="card result" aria-labelledby="tried-title">
<h2 id="tried-title">Preview</h2>
{{#WELL}}
<p class="message notice" role="status">{{HOW}} A preview changes nothing.</p>
{{/WELL}}
{{#BADLY}}
<p class="message warning" role="alert">{{HOW}} A preview changes nothing.</p>
{{/BADLY}}
{{#OUTPUT}}
<div class="output">{{PROFILE_HTML:none}}</div>
{{/OUTPUT}}
{{>REPORT}}
</section>
{{/TRIED}}
<section class="card text" aria-labelledby="profile-title">
<h2 id="profile-title">Your profile</h2>
<p>Other members see it on <a href="/zoobar/index.cgi/users?user={{NAME:url_query_escape}}">your page</a>.</p>
@PROFILE_FORM@
</section>
{{#PROGRAM_TEXT}}
<section class="card api" aria-label="API">
{{>REFERENCE}}
</section>
{{/PROGRAM_TEXT}}
</div>
{{#DELEGATES}}
<section class="card" aria-labelledby="limits-title">
<h2 id="limits-title">Payments by your program</h2>
<p>Your program may pay from your account while somebody visits your page. The first limit is for any hour, the second for one member in that hour. 0 turns payments off. Payments also stop when you save a profile that is not a program, or change your password; save the program again to let it pay.</p>
<form method="post" action="/zoobar/index.cgi/">
<div class="pair">
<div class="field">
<label for="program_per_hour">Maximum per hour</label>
<input id="program_per_hour" name="program_per_hour" inputmode="numeric" value="{{PER_HOUR}}" maxlength="4" required>
</div>
<div class="field">
<label for="program_per_recipient">Maximum per member</label>
<input id="program_per_recipient" name="program_per_recipient" inputmode="numeric" value="{{PER_RECIPIENT}}" maxlength="4" required>
</div>
</div>
<div class="actions"><button name="program_limits" value="Set">Set limits</button></div>
</form>
</section>
{{/DELEGATES}}
