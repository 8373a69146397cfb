<h1>Statement</h1>
<section class="card" aria-labelledby="download-title">
<h2 id="download-title">Download</h2>
<p>Your transactions, at most {{MOST}} in one file, as of <time datetime="{{SIGNED_ISO}}">{{SIGNED}}</time> UTC.</p>
<div class="actions">
<a class="button" href="/zoobar/index.cgi/statement?format=json&amp;before={{BEFORE:url_query_escape}}">JSON with proofs</a>
<a class="button" href="/zoobar/index.cgi/statement?format=csv&amp;before={{BEFORE:url_query_escape}}">CSV for spreadsheets</a>
</div>
<nav class="paging" aria-label="Parts of the statement">
{{#NEWEST}}<a class="button" href="/zoobar/index.cgi/statement">Newest</a>{{/NEWEST}}
{{#OLDER}}<a class="button" rel="next" href="/zoobar/index.cgi/statement?before={{NUMBER:url_query_escape}}">Older</a>{{/OLDER}}
</nav>
</section>
<section class="card" aria-labelledby="check-title">
<h2 id="check-title">Check</h2>
<p>The JSON file proves that your transactions are in the bank's journal, which has {{SIZE}} entries. You can check it on your own computer, without this site:</p>
<pre tabindex="0" aria-label="The command">zoobar verify-statement FILE --key=KEY</pre>
<p>The key of this journal. Compare it with the one that the operator of this site publishes.</p>
<pre tabindex="0" aria-label="The key of the journal">{{KEY}}</pre>
<form method="get" action="/zoobar/index.cgi/statement">
<p>If you have an older statement, its number of entries adds the proof that nothing before it was changed since.</p>
<input type="hidden" name="format" value="json">
<label for="older">Entries of the journal in the older statement</label>
<input id="older" name="older" inputmode="numeric" pattern="[0-9]+" maxlength="19" required>
<button>JSON with this proof</button>
</form>
</section>
