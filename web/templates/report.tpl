{{#TOLD}}
<h3>{{HEADING}}</h3>
{{#WHY}}
<p class="why">{{TEXT:pre_escape}}</p>
{{/WHY}}
{{#ERRORS}}
<pre class="errors" tabindex="0" aria-label="Errors">
{{TEXT:pre_escape}}</pre>
{{/ERRORS}}
{{#TRANSCRIPT}}
<p class="hint">All that the program wrote, in order. Bold: standard error.</p>
<pre class="errors" tabindex="0" aria-label="All that the program wrote">
{{#PIECE}}{{#OUT}}{{TEXT:pre_escape}}{{/OUT}}{{#ERR}}<b>{{TEXT:pre_escape}}</b>{{/ERR}}{{/PIECE}}</pre>
{{/TRANSCRIPT}}
{{/TOLD}}
{{#HINTS}}
<ul class="hints">
{{#ITEM}}<li>{{TEXT}}</li>
{{/ITEM}}</ul>
{{/HINTS}}
{{#USE}}
<div class="scroll" tabindex="0" role="group" aria-label="What the run used">
<table class="use">
<caption>What the run used</caption>
<thead><tr><th scope="col">What</th><th scope="col" class="number">Used</th><th scope="col" class="number">Limit</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{WHAT}}</th><td class="number">{{USED}}</td><td class="number">{{LIMIT}}</td></tr>
{{/ROW}}</tbody>
</table>
</div>
{{/USE}}
