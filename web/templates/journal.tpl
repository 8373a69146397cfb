<h1>Journal</h1>
<section class="passbook slim" aria-label="Your balance">
<p class="balance"><span class="label">Balance:</span> <strong class="figure">{{ZOOBARS}} zoobars</strong></p>
</section>
<section class="card" aria-labelledby="log-title">
<h2 id="log-title">Transactions</h2>
{{>LOG}}
{{#NO_LOG}}
<p class="hint">No transactions.</p>
{{/NO_LOG}}
{{#PAGING}}
<nav class="paging" aria-label="Pages of the journal">
{{#NEWEST}}<a class="button" href="/zoobar/index.cgi/journal">Newest</a>{{/NEWEST}}
{{#OLDER}}<a class="button" rel="next" href="/zoobar/index.cgi/journal?before={{BEFORE:url_query_escape}}">Older</a>{{/OLDER}}
</nav>
{{/PAGING}}
<p class="hint"><a href="/zoobar/index.cgi/statement">Statement</a>: download your transactions, with proofs. <a href="/zoobar/index.cgi/offers">Offers</a>: those that are open.</p>
</section>
