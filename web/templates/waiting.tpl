<section class="card lone" aria-labelledby="waiting-title">
<h1 id="waiting-title">Please wait</h1>
<p id="waiting-before" role="status">{{BEFORE}}</p>
<p>Many people are logging in or registering right now. This page continues by itself when it is your turn. You do not need to send the form again.</p>
<p class="actions"><a class="button" href="/zoobar/index.cgi/login?waiting=1&amp;nexturl={{NEXT:url_query_escape}}">Check now</a></p>
</section>
