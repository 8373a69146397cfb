<h1>Your program</h1>
{{#NOTICE}}
<p class="message notice" role="status">{{TEXT}}</p>
{{/NOTICE}}
{{#STOPPED}}
<p class="message warning" role="status">{{STATE}}</p>
{{/STOPPED}}
{{#RUNS}}
<p>{{STATE}}</p>
{{/RUNS}}
<p class="actions"><a class="button" href="/zoobar/index.cgi/#profile_update">Edit it</a> <a class="button" href="/zoobar/index.cgi/manual">How programs work</a></p>
{{#FAILURE}}
<section class="card" aria-labelledby="failure-title">
<h2 id="failure-title">Its last failure</h2>
<p>When <bdi>{{VISITOR}}</bdi> looked, <time datetime="{{ISO}}">{{TIME}}</time> (UTC):</p>
<pre class="errors" tabindex="0" aria-label="Errors">
{{TEXT:pre_escape}}</pre>
{{#MEANS}}
<p class="hint">{{WORDS}}</p>
{{/MEANS}}
</section>
{{/FAILURE}}
<section class="card" aria-labelledby="denials-title">
<h2 id="denials-title">What it was denied</h2>
{{#NO_DENIALS}}
<p class="hint">Nothing: it has kept to what programs may do.</p>
{{/NO_DENIALS}}
{{#DENIALS}}
<p>What a program may not do is refused, counted here and written to the site's log. One that goes on trying is slowed, then paused.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Denials">
<table class="denials">
<caption>Newest first, times in UTC</caption>
<thead><tr><th scope="col">Time</th><th scope="col">Visitor</th><th scope="col">What it may not</th><th scope="col" class="number">Times</th></tr></thead>
<tbody>
{{#ROW}}<tr><td><time datetime="{{ISO}}">{{TIME}}</time></td><td><bdi>{{VISITOR}}</bdi></td><td>{{WORDS}} <code>{{CALL}}</code></td><td class="number">{{COUNT}}</td></tr>
{{/ROW}}</tbody>
</table>
</div>
{{/DENIALS}}
</section>
<section class="card" aria-labelledby="files-title">
<h2 id="files-title">Its files</h2>
{{#NO_FILES}}
<p class="hint">It keeps none.</p>
{{/NO_FILES}}
{{#DROPPED}}
<p>Its last run left something that is not kept:</p>
<ul class="hints">
{{#ITEM}}<li>{{TEXT}}</li>
{{/ITEM}}</ul>
{{/DROPPED}}
{{#FILES}}
<p>{{FILES_BYTES}} bytes in all.</p>
<ul>
{{#ROW}}<li><code>{{PATH}}{{#DIRECTORY}}/{{/DIRECTORY}}</code></li>
{{/ROW}}</ul>
<form method="post" action="/zoobar/index.cgi/program">
<div class="actions"><button name="remove_files" value="Remove">Remove its files</button></div>
</form>
{{/FILES}}
</section>
