<h1>Offers</h1>
{{#NOT_OFFERED}}
<p class="message warning" role="alert"><bdi dir="ltr">Offer to {{WHO}} failed</bdi>: {{REASON}}</p>
{{/NOT_OFFERED}}
{{#NOT_ENDED}}
<p class="message warning" role="alert">No zoobars were moved: {{REASON}}</p>
{{/NOT_ENDED}}
{{#UNKNOWN}}
<p class="message warning" role="alert">Not confirmed yet; check your <a href="/zoobar/index.cgi/journal">journal</a>.</p>
{{/UNKNOWN}}
{{#OFFERED}}
<p class="message notice" role="status">You offered {{MOVED}} zoobar{{#MOVED_S}}s{{/MOVED_S}} to <bdi>{{WHO}}</bdi>. They are set aside until the offer ends.{{#REPEATED}} You sent this form twice; only one offer was made.{{/REPEATED}}</p>
{{/OFFERED}}
{{#ACCEPTED}}
<p class="message notice" role="status">You accepted {{MOVED}} zoobar{{#MOVED_S}}s{{/MOVED_S}}{{#OTHER}} from <bdi>{{WHO}}</bdi>{{/OTHER}}. They are in your balance.</p>
{{/ACCEPTED}}
{{#DECLINED}}
<p class="message notice" role="status">You declined {{MOVED}} zoobar{{#MOVED_S}}s{{/MOVED_S}}{{#OTHER}} from <bdi>{{WHO}}</bdi>{{/OTHER}}. The sender has them back.</p>
{{/DECLINED}}
{{#WITHDRAWN}}
<p class="message notice" role="status">You withdrew your offer of {{MOVED}} zoobar{{#MOVED_S}}s{{/MOVED_S}}{{#OTHER}} to <bdi>{{WHO}}</bdi>{{/OTHER}}. You have them back.</p>
{{/WITHDRAWN}}
{{#BALANCE}}
<section class="passbook slim" aria-label="Your balance">
<p class="balance"><span class="label">Balance:</span> <strong class="figure">{{ZOOBARS}} zoobar{{#ZOOBARS_S}}s{{/ZOOBARS_S}}</strong></p>
</section>
{{/BALANCE}}
{{#GOT}}
<section class="card" aria-labelledby="got-title">
<h2 id="got-title">Offers to you</h2>
{{#NONE}}
<p class="hint">None. When a member offers you zoobars, you accept or decline them here.</p>
{{/NONE}}
{{#LIST}}
<ul class="offers">
{{#OFFER}}
<li>
<div>
<p class="agent">{{AMOUNT}} zoobar{{#AMOUNT_S}}s{{/AMOUNT_S}} from <a href="/zoobar/index.cgi/users?user={{NAME:url_query_escape}}"><bdi>{{NAME}}</bdi></a></p>
{{#NOTED}}<p class="note"><bdi>{{NOTE}}</bdi></p>{{/NOTED}}
<p class="hint">Offer {{NUMBER}}, made <time datetime="{{MADE_ISO}}">{{MADE_AT}}</time>, open until <time datetime="{{EXPIRES_ISO}}">{{EXPIRES}}</time></p>
</div>
<form method="post" action="/zoobar/index.cgi/offers">
<input type="hidden" name="offer" value="{{NUMBER}}">
<button class="primary" name="act" value="accept">Accept<span class="unseen"> offer {{NUMBER}} from <bdi>{{NAME}}</bdi></span></button>
<button name="act" value="decline">Decline<span class="unseen"> offer {{NUMBER}} from <bdi>{{NAME}}</bdi></span></button>
</form>
</li>
{{/OFFER}}
</ul>
<p class="hint">Times are UTC.</p>
{{/LIST}}
</section>
{{/GOT}}
<section class="card" aria-labelledby="offer-title">
<h2 id="offer-title">Make an offer</h2>
<p>The zoobars leave your balance at once, and the recipient gets them only by accepting. You get them back if the recipient declines, if you withdraw the offer, or if nobody does anything until it expires.</p>
<form method="post" action="/zoobar/index.cgi/offers">
<input type="hidden" name="act" value="offer">
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
<div class="pair">
<div class="field">
<label for="days">Days</label>
<input id="days" name="days" type="number" min="1" max="{{MOST_DAYS}}" value="{{DAYS}}" autocomplete="off" aria-describedby="days-hint" required>
<p class="hint" id="days-hint">How long it can be accepted: 1 to {{MOST_DAYS}}.</p>
</div>
<div class="field">
<label for="note">Note</label>
<input id="note" name="note" value="{{NOTE}}" maxlength="{{MOST_NOTE}}" autocomplete="off" dir="auto" aria-describedby="note-hint">
<p class="hint" id="note-hint">The recipient reads it. You may leave it out. At most {{MOST_NOTE}} bytes.</p>
</div>
</div>
<input type="hidden" name="submission" value="{{SUBMISSION}}">
<div class="actions">
<button class="primary">Offer</button>
<a class="button" href="/zoobar/index.cgi/members">Find a member</a>
</div>
</form>
</section>
{{#MADE}}
<section class="card" aria-labelledby="made-title">
<h2 id="made-title">Your offers</h2>
{{#NONE}}
<p class="hint">None. Make one with the form above.</p>
{{/NONE}}
{{#LIST}}
<ul class="offers">
{{#OFFER}}
<li>
<div>
<p class="agent">{{AMOUNT}} zoobar{{#AMOUNT_S}}s{{/AMOUNT_S}} to <a href="/zoobar/index.cgi/users?user={{NAME:url_query_escape}}"><bdi>{{NAME}}</bdi></a></p>
{{#NOTED}}<p class="note"><bdi>{{NOTE}}</bdi></p>{{/NOTED}}
<p class="hint">Offer {{NUMBER}}, made <time datetime="{{MADE_ISO}}">{{MADE_AT}}</time>, open until <time datetime="{{EXPIRES_ISO}}">{{EXPIRES}}</time></p>
</div>
<form method="post" action="/zoobar/index.cgi/offers">
<input type="hidden" name="offer" value="{{NUMBER}}">
<button name="act" value="withdraw">Withdraw<span class="unseen"> offer {{NUMBER}} to <bdi>{{NAME}}</bdi></span></button>
</form>
</li>
{{/OFFER}}
</ul>
<p class="hint">Times are UTC.</p>
{{/LIST}}
</section>
{{/MADE}}
