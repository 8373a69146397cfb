<h1>Tasks</h1>
<p>{{SUMMARY}} The site recognises by itself what you have done. Reload this page to see it.</p>
{{#TASK}}
<section class="card">
<h2>{{NAME}}</h2>
<p class="eyebrow">{{POINTS}}. {{#DONE}}<strong>Done</strong> <time datetime="{{ISO}}">{{TIME}}</time>{{/DONE}}{{#OPEN}}Not done yet.{{/OPEN}}</p>
{{#PARAGRAPH}}
<p>{{TEXT}}</p>
{{/PARAGRAPH}}
{{#HINT}}
<details>
<summary>Hint<span class="unseen"> for {{NAME}}</span></summary>
<p>{{TEXT}}</p>
</details>
{{/HINT}}
</section>
{{/TASK}}
{{#BOARD}}
<section class="card" aria-labelledby="board">
<h2 id="board">Scoreboard</h2>
{{#NOBODY}}
<p class="hint">Nobody has done a task yet.</p>
{{/NOBODY}}
{{#LIST}}
<div class="scroll">
<table class="members">
<caption class="unseen">Members and their points, most points first</caption>
<thead>
<tr><th scope="col" class="number">Place</th><th scope="col">Name</th><th scope="col" class="number">Points</th><th scope="col" class="number">Tasks</th></tr>
</thead>
<tbody>
{{#ROW}}
<tr><td class="number">{{PLACE}}</td><th scope="row"><a href="/zoobar/index.cgi/users?user={{NAME:url_query_escape}}"><bdi>{{NAME}}</bdi></a>{{#SELF}} <span class="tag">you</span>{{/SELF}}</th><td class="number">{{POINTS}}</td><td class="number">{{TASKS}}</td></tr>
{{/ROW}}
</tbody>
</table>
</div>
{{#MORE}}
<p class="hint">{{TEXT}}</p>
{{/MORE}}
{{/LIST}}
</section>
{{/BOARD}}
