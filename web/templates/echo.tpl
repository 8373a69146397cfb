<h1>Echo</h1>
<p>What you type goes to the echo role, the smallest one of this site, and comes back.</p>
<form class="search" method="get" action="/zoobar/index.cgi/echo">
<label for="s">Text</label>
<input id="s" name="s" value="{{SAID}}" autocomplete="off" dir="auto">
<button>Say</button>
</form>
{{#ANSWER}}
<section class="card" aria-label="Answer">
<p class="said" dir="auto">{{TEXT:pre_escape}}</p>
</section>
{{/ANSWER}}
