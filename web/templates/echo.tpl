<h1>Echo</h1>
<p>The echo role, the smallest part of this site, sends back what you type.</p>
<form class="search" method="get" action="/zoobar/index.cgi/echo">
<label for="s">Text</label>
<input id="s" name="s" value="{{SAID}}" autocomplete="off" dir="auto">
<button>Send</button>
</form>
{{#ANSWER}}
<section class="card" aria-label="Answer">
<p class="said" dir="auto">{{TEXT:pre_escape}}</p>
</section>
{{/ANSWER}}
