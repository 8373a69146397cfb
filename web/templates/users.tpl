<h1>{{#FOUND}}<bdi>{{NAME}}</bdi>{{/FOUND}}{{#NOBODY}}Find a member{{/NOBODY}}</h1>
<form class="search" role="search" method="get" action="/zoobar/index.cgi/users">
<label for="user">Member</label>
<input id="user" name="user" value="{{ASKED}}" maxlength="128" autocapitalize="none" autocomplete="off" spellcheck="false" dir="auto">
<button>View</button>
</form>
{{#WARNING}}
<p class="message warning" role="alert">{{TEXT}} <bdi>{{ASKED}}</bdi>. Check the spelling.</p>
{{/WARNING}}
{{#FOUND}}
<section class="passbook slim" aria-label="Balance">
<p class="balance"><span class="label">Balance:</span> <strong class="figure"><span id="zoobars" class="{{ZOOBARS}}">{{ZOOBARS}} zoobar{{#ZOOBARS_S}}s{{/ZOOBARS_S}}</span></strong></p>
<p class="actions">{{#SELF}}<a class="button" href="/zoobar/index.cgi/#profile_update">Edit your profile</a>{{/SELF}}{{#OWN_PROGRAM}} <a class="button" href="/zoobar/index.cgi/program">Program log</a>{{/OWN_PROGRAM}}{{#OTHER}}<a class="button primary" href="/zoobar/index.cgi/transfer?recipient={{NAME:url_query_escape}}">Send zoobars</a>{{/OTHER}}</p>
</section>
<section class="card" aria-labelledby="profile-title">
<h2 class="eyebrow" id="profile-title">Profile</h2>
{{#PROFILE}}
<div id="profile">{{PROFILE_HTML:none}}</div>
{{/PROFILE}}
{{#PROGRAM}}
<p class="hint">This profile is a program. This site does not run programs, so the page shows the source.</p>
<div id="profile"><pre tabindex="0" aria-label="Source of the program">
{{PROFILE_SOURCE:pre_escape}}</pre></div>
{{/PROGRAM}}
{{#RUN_NOTICE}}
<p class="message aside" role="status">{{TEXT}}</p>
{{/RUN_NOTICE}}
{{#RUN_FAILED}}
<p class="message warning" role="status">{{TEXT}}</p>
{{/RUN_FAILED}}
{{#RUN_REPORT}}
<p class="hint">Only you can see what follows, because it is your program.</p>
{{>REPORT}}
{{/RUN_REPORT}}
{{#EMPTY}}
<div id="profile"></div>
<p class="hint">{{#SELF}}You have no profile yet. <a href="/zoobar/index.cgi/#profile_update">Write one</a>: a text, or a program.{{/SELF}}{{#OTHER}}<bdi>{{NAME}}</bdi> has no profile yet.{{/OTHER}}</p>
{{/EMPTY}}
</section>
<section class="card" aria-labelledby="log-title">
<h2 class="eyebrow" id="log-title">Transfers</h2>
{{>LOG}}
{{#NO_LOG}}
<p class="hint">No transfers yet.{{#SELF}} <a href="/zoobar/index.cgi/members">Find a member</a> to send zoobars to.{{/SELF}}{{#OTHER}} <a href="/zoobar/index.cgi/transfer?recipient={{NAME:url_query_escape}}">Send the first zoobars</a>.{{/OTHER}}</p>
{{/NO_LOG}}
{{#PAGING}}
<nav class="paging" aria-label="Pages of transfers">
{{#NEWEST}}<a class="button" href="/zoobar/index.cgi/users?user={{NAME:url_query_escape}}">Newest</a>{{/NEWEST}}
{{#OLDER}}<a class="button" rel="next" href="/zoobar/index.cgi/users?user={{NAME:url_query_escape}}&amp;before={{BEFORE:url_query_escape}}">Older</a>{{/OLDER}}
</nav>
{{/PAGING}}
</section>
{{/FOUND}}
