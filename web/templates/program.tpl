<h1>Program log</h1>
{{#NOTICE}}
<p class="message notice" role="status">{{TEXT}}</p>
{{/NOTICE}}
{{#STOPPED}}
<p class="message warning" role="status">{{STATE}}</p>
{{/STOPPED}}
{{#RUNS}}
<p>{{STATE}}</p>
{{/RUNS}}
<p class="actions"><a class="button" href="/zoobar/index.cgi/#profile_update">Edit your program</a> <a class="button" href="/zoobar/index.cgi/manual">How to write a program</a></p>
{{#PREVIEWS}}
<p class="message warning" role="status">{{TEXT}}</p>
{{/PREVIEWS}}
{{#FAILURE}}
<section class="card" aria-labelledby="failure-title">
<h2 id="failure-title">Last error</h2>
<p>When <bdi>{{VISITOR}}</bdi> visited your page, <time datetime="{{ISO}}">{{TIME}}</time> (UTC):</p>
<pre class="errors" tabindex="0" aria-label="Errors">
{{TEXT:pre_escape}}</pre>
{{#MEANS}}
<p class="hint">{{WORDS}}</p>
{{/MEANS}}
</section>
{{/FAILURE}}
{{#LAST_RUN}}
<section class="card" aria-labelledby="last-run-title">
<h2 id="last-run-title">Last run</h2>
{{>REPORT}}
</section>
{{/LAST_RUN}}
<section class="card" aria-labelledby="denials-title">
<h2 id="denials-title">Blocked actions</h2>
{{#NO_DENIALS}}
<p class="hint">None.</p>
{{/NO_DENIALS}}
{{#DENIALS}}
<p>These are actions that programs may not take. Each attempt is blocked, counted here and written to the site's log. A program whose runs are stopped for blocked actions again and again is slowed down, then paused. An action that it tries again at each visit, and does without, counts once.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Blocked actions">
<table class="denials">
<caption>Newest first, times in UTC</caption>
<thead><tr><th scope="col">Time</th><th scope="col">Visitor</th><th scope="col">Action</th><th scope="col" class="number">Times</th></tr></thead>
<tbody>
{{#ROW}}<tr><td><time datetime="{{ISO}}">{{TIME}}</time></td><td><bdi>{{VISITOR}}</bdi></td><td>{{WORDS}} <code>{{CALL}}</code></td><td class="number">{{COUNT}}</td></tr>
{{/ROW}}</tbody>
</table>
</div>
{{/DENIALS}}
</section>
<section class="card" aria-labelledby="files-title">
<h2 id="files-title">Files</h2>
{{#NO_FILES}}
<p class="hint">No files.</p>
{{/NO_FILES}}
{{#DROPPED}}
<p>These were left by the last run and not kept:</p>
<ul class="hints">
{{#ITEM}}<li>{{TEXT}}</li>
{{/ITEM}}</ul>
{{/DROPPED}}
{{#FILES}}
<p>{{FILES_BYTES}} bytes in total.</p>
<ul>
{{#ROW}}<li><code>{{PATH}}{{#DIRECTORY}}/{{/DIRECTORY}}</code></li>
{{/ROW}}</ul>
<form method="post" action="/zoobar/index.cgi/program">
<div class="actions"><button name="remove_files" value="Remove">Remove files</button></div>
</form>
{{/FILES}}
</section>
