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
{{#CONFIRM}}
<section class="card" aria-labelledby="confirm-title">
<h2 id="confirm-title">Send {{SENDING}} zoobar{{#SENDING_S}}s{{/SENDING_S}} to <bdi>{{TO}}</bdi>?</h2>
<dl class="facts">
<dt>Recipient</dt><dd><a href="/zoobar/index.cgi/users?user={{TO:url_query_escape}}"><bdi>{{TO}}</bdi></a></dd>
<dt>Amount</dt><dd>{{SENDING}} zoobar{{#SENDING_S}}s{{/SENDING_S}}</dd>
<dt>You have left</dt><dd>{{LEFT}} zoobar{{#LEFT_S}}s{{/LEFT_S}}</dd>
</dl>
<form method="post" action="/zoobar/index.cgi/transfer">
<input type="hidden" name="recipient" value="{{TO}}">
<input type="hidden" name="zoobars" value="{{SENDING}}">
<input type="hidden" name="submission" value="{{SUBMISSION}}">
<p class="hint">A transfer cannot be taken back.</p>
<div class="actions">
<button class="primary">Send {{SENDING}} zoobar{{#SENDING_S}}s{{/SENDING_S}}</button>
<a class="button" href="/zoobar/index.cgi/transfer?recipient={{TO:url_query_escape}}&amp;zoobars={{SENDING:url_query_escape}}">Change</a>
</div>
</form>
</section>
{{/CONFIRM}}
{{#FORM}}
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
<button class="primary" name="review" value="yes" formmethod="get">Send</button>
<a class="button" href="/zoobar/index.cgi/members">Find a member</a>
</div>
<p class="hint">Nothing is sent yet: the next page asks you to confirm.</p>
</form>
<p class="hint"><a href="/zoobar/index.cgi/offers?recipient={{RECIPIENT:url_query_escape}}">Offer them instead</a>: the recipient must then agree first.</p>
</section>
{{/FORM}}
