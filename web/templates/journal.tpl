<h1>Journal</h1>
<section class="passbook slim" aria-label="Your balance">
<p class="balance"><span class="label">Balance:</span> <strong class="figure">{{ZOOBARS}} zoobar{{#ZOOBARS_S}}s{{/ZOOBARS_S}}</strong></p>
</section>
<section class="card" aria-labelledby="log-title">
<h2 id="log-title">Transactions</h2>
{{>LOG}}
{{#NO_LOG}}
<p class="hint">No transactions. <a href="/zoobar/index.cgi/members">Find a member</a> to send zoobars to.</p>
{{/NO_LOG}}
{{#PAGING}}
<nav class="paging" aria-label="Pages of the journal">
{{#NEWEST}}<a class="button" href="/zoobar/index.cgi/journal">Newest</a>{{/NEWEST}}
{{#OLDER}}<a class="button" rel="next" href="/zoobar/index.cgi/journal?before={{BEFORE:url_query_escape}}">Older</a>{{/OLDER}}
</nav>
{{/PAGING}}
<p class="hint">+ and − say how your balance changed. An amount without a sign changed only the other balance.</p>
<p class="hint"><a href="/zoobar/index.cgi/statement?format=csv">Download as CSV</a> for a spreadsheet. <a href="/zoobar/index.cgi/statement">Statement</a>: older transactions, and proofs. <a href="/zoobar/index.cgi/offers">Offers</a>: those that are open.</p>
</section>
