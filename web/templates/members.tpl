<h1>Members</h1>
<form class="search" role="search" method="get" action="/zoobar/index.cgi/members">
<label for="search">Name starts with</label>
<input id="search" name="search" value="{{PREFIX}}" maxlength="128" autocapitalize="none" autocomplete="off" spellcheck="false" dir="auto">
<button>Search</button>
</form>
<section class="card" aria-label="Members">
{{#LIST}}
<div class="scroll">
<table class="members">
<caption class="unseen">Members and their balances, sorted by name</caption>
<thead>
<tr><th scope="col">Name</th><th scope="col" class="number">Zoobars</th><th scope="col"><span class="unseen">Send</span></th></tr>
</thead>
<tbody>
{{#ROW}}
<tr><th scope="row"><a href="/zoobar/index.cgi/users?user={{NAME:url_query_escape}}"><bdi>{{NAME}}</bdi></a>{{#SELF}} <span class="tag">you</span>{{/SELF}}</th><td class="number">{{ZOOBARS}}</td><td class="number">{{#OTHER}}<a href="/zoobar/index.cgi/transfer?recipient={{NAME:url_query_escape}}">Send<span class="unseen"> zoobars to <bdi>{{NAME}}</bdi></span></a>{{/OTHER}}</td></tr>
{{/ROW}}
</tbody>
</table>
</div>
{{/LIST}}
{{#NOBODY}}
<p class="hint">{{#SEARCHED}}No member's name starts with <bdi>{{PREFIX}}</bdi>. Capital and small letters differ. <a href="/zoobar/index.cgi/members">Show all members</a>{{/SEARCHED}}{{#NO_MORE}}No more members.{{/NO_MORE}}</p>
{{/NOBODY}}
{{#PAGING}}
<nav class="paging" aria-label="Pages of members">
{{#FIRST}}<a class="button" href="/zoobar/index.cgi/members?search={{PREFIX:url_query_escape}}">First page</a>{{/FIRST}}
{{#NEXT}}<a class="button" rel="next" href="/zoobar/index.cgi/members?search={{PREFIX:url_query_escape}}&amp;after={{AFTER:url_query_escape}}">Next page</a>{{/NEXT}}
</nav>
{{/PAGING}}
</section>
