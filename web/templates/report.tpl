{{#TOLD}}
<h3>{{HEADING}}</h3>
{{/TOLD}}
{{#HINTS}}
<ul class="hints">
{{#ITEM}}<li>{{TEXT}}</li>
{{/ITEM}}</ul>
{{/HINTS}}
{{#TOLD}}
{{#OWN}}
<pre class="errors own-lines" id="own-lines" tabindex="0" aria-label="Lines of your program">
{{#FRAME}}{{#LINK}}<a href="#profile_update" data-to-line="{{LINE}}">line {{LINE}}</a>{{/LINK}}{{#PLAIN}}line {{LINE}}{{/PLAIN}}{{TEXT:pre_escape}}
{{/FRAME}}{{ERROR:pre_escape}}</pre>
{{/OWN}}
{{#WHY}}
<p class="why">{{TEXT:pre_escape}}</p>
{{/WHY}}
{{#FOLDED}}
<details>
<summary>All that the program wrote</summary>
{{/FOLDED}}
{{#ERRORS}}
<pre class="errors" tabindex="0" aria-label="Errors">
{{TEXT:pre_escape}}</pre>
{{/ERRORS}}
{{#TRANSCRIPT}}
<p class="hint">All that the program wrote, in order. Bold: standard error.</p>
<pre class="errors" tabindex="0" aria-label="All that the program wrote">
{{#PIECE}}{{#OUT}}{{TEXT:pre_escape}}{{/OUT}}{{#ERR}}<b>{{TEXT:pre_escape}}</b>{{/ERR}}{{/PIECE}}</pre>
{{/TRANSCRIPT}}
{{#FOLDED}}
</details>
{{/FOLDED}}
{{/TOLD}}
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
