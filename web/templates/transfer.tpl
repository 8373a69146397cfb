<h1>Transfer</h1>
{{#WARNING}}
<p class="message warning" role="alert">{{TEXT}}</p>
{{/WARNING}}
{{#FAILED}}
<p class="message warning" role="alert"><bdi dir="ltr">Transfer to {{TO}} failed</bdi>: {{REASON}}</p>
{{/FAILED}}
{{#UNKNOWN}}
<p class="message warning" role="alert">Not confirmed yet; check your <a href="/zoobar/index.cgi/journal">journal</a>.</p>
{{/UNKNOWN}}
{{#SENT}}
<p class="message notice" role="status">Sent {{AMOUNT}} zoobars to <bdi>{{TO}}</bdi>.{{#REPEATED}} You sent this form twice; the zoobars were sent only once.{{/REPEATED}}</p>
{{/SENT}}
{{#BALANCE}}
<section class="passbook slim" aria-label="Your balance">
<p class="balance"><span class="label">Balance:</span> <strong class="figure">{{ZOOBARS}} zoobars</strong></p>
</section>
{{/BALANCE}}
<section class="card" aria-labelledby="transfer-title">
<h2 id="transfer-title">Send zoobars</h2>
<form method="post" action="/zoobar/index.cgi/transfer">
<div class="pair">
<div class="field">
<label for="recipient">To</label>
<input id="recipient" name="recipient" value="{{RECIPIENT}}" maxlength="128" autocapitalize="none" autocomplete="off" spellcheck="false" dir="auto" required>
</div>
<div class="field">
<label for="amount">Zoobars</label>
<input id="amount" name="zoobars" value="{{AMOUNT}}" inputmode="numeric" autocomplete="off" aria-describedby="amount-hint" required>
<p class="hint" id="amount-hint">A whole number, 1 or more.</p>
</div>
</div>
<input type="hidden" name="submission" value="{{SUBMISSION}}">
<div class="actions">
<button class="primary">Send</button>
<a class="button" href="/zoobar/index.cgi/members">Find a member</a>
</div>
</form>
<p class="hint"><a href="/zoobar/index.cgi/offers?recipient={{RECIPIENT:url_query_escape}}">Offer them instead</a>: the recipient must then agree first.</p>
</section>
