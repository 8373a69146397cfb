<h1>Writing a program</h1>
<section class="card" aria-labelledby="what-title">
<h2 id="what-title">What a program is</h2>
<p>A profile whose first line is <code>#!python</code> is a Python 3 program. It runs on the server each time somebody looks at your page, and what it prints is your profile.</p>
<pre tabindex="0" aria-label="A first program">
#!python
import html
visitor = api.get_visitor()
print(f"&lt;p&gt;Hello, &lt;i&gt;{html.escape(visitor)}&lt;/i&gt;&lt;/p&gt;")
</pre>
<ul>
<li><strong>It acts for you</strong>, whoever looks: it pays from your account, and speaks in your name.</li>
<li><strong>Everybody can read it.</strong> Programs are public, so keep no password and no secret in one.</li>
<li>What it prints is HTML and is cleaned as any profile is: scripts and styles are taken out. Put <code>html.escape()</code> around text that others chose, names too.</li>
<li>Each run is a process of its own, alone in a room that holds the standard library and your program's files, and nothing else. The rest of the machine is not there.</li>
<li>Runs of your program follow each other, never two at once. Who looks sees the page of one finished run, or a line that the program is busy.</li>
</ul>
<p>Programs to start from:{{#EXAMPLE}} <a href="/zoobar/index.cgi/?example={{EXAMPLE_NAME:url_query_escape}}">{{EXAMPLE_NAME}}</a>{{/EXAMPLE}}.</p>
</section>
<section class="card" aria-labelledby="calls-title">
<h2 id="calls-title">What it can ask</h2>
<p>Among its globals a program finds <code>api</code> and <code>ApiError</code>. Every call is a method, and can be made by name as well: <code>api.get_user_info(username)</code> is <code>api.call("get_user_info", username=username)</code>. A call that is refused raises <code>ApiError</code>, whose text says why. A run may make {{API_CALLS}} calls, of at most {{REQUEST}} each; a longer answer than {{REPLY}} is refused. Names have at most {{NAME_BYTES}} bytes.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Calls about members and zoobars">
<table class="calls">
<caption>Members and zoobars</caption>
<thead><tr><th scope="col">Call</th><th scope="col">What it gives</th><th scope="col">Refused when</th></tr></thead>
<tbody>
<tr><th scope="row"><code>get_self()</code></th><td>Your name, as text.</td><td></td></tr>
<tr><th scope="row"><code>get_visitor()</code></th><td>The name of who looks. It may be your own.</td><td></td></tr>
<tr><th scope="row"><code>get_user_info(username)</code></th><td>A dictionary of <code>username</code>, <code>profile</code> (the text as it was saved, so the source of a program) and <code>zoobars</code>; <code>None</code> if nobody has this name.</td><td></td></tr>
<tr><th scope="row"><code>get_xfers(username)</code></th><td>The member's {{TRANSFERS}} newest transfers, newest first: dictionaries of <code>sender</code>, <code>recipient</code>, <code>amount</code>, <code>time</code>.</td><td>nobody has this name</td></tr>
<tr><th scope="row"><code>xfer(target, zoobars)</code></th><td>Pays from you to the member <code>target</code>, and gives what is left in your account. A whole number from 1 up.</td><td>you have too few, the target is nobody or you, or it is more than you let your program pay</td></tr>
</tbody>
</table>
</div>
<div class="scroll" tabindex="0" role="group" aria-label="Calls about what members open to each other">
<table class="calls">
<caption>What members open to each other</caption>
<thead><tr><th scope="col">Call</th><th scope="col">What it does</th><th scope="col">Limits, and when it is refused</th></tr></thead>
<tbody>
<tr><th scope="row"><code>get_visits(username=None, limit=20)</code></th><td>Who has looked at the member's program, or yours: dictionaries of <code>visitor</code>, <code>visits</code> (how many), <code>time</code> and <code>seconds</code> of the last, newest first.</td><td>The last {{VISITORS}} visitors; looks within a minute are one visit, your own are none. Refused unless shared with you.</td></tr>
<tr><th scope="row"><code>share_visits(to)</code></th><td>Lets these members' programs read who visited you.</td><td>At most {{NAMES}} names in a list.</td></tr>
<tr><th scope="row"><code>get_wall(username=None, limit=20)</code></th><td>What stands on the member's wall, or yours: dictionaries of <code>number</code>, <code>author</code>, <code>text</code>, <code>time</code>, <code>seconds</code>, newest first.</td><td>Refused unless the wall is open to you.</td></tr>
<tr><th scope="row"><code>post(text, username=None)</code></th><td>Writes on the member's wall, or yours, in your name; gives the post's number.</td><td>1 to {{TEXT_BYTES}} bytes, no control characters but tab and line end. A wall keeps {{POSTS}} posts, of another author {{POSTS_OF_AUTHOR}}; the oldest make room, those of the author with most posts first. Refused unless the wall is open to you.</td></tr>
<tr><th scope="row"><code>remove_post(number, username=None)</code></th><td>Removes a post: any from your own wall, your own from another's.</td><td>Refused if there is none that is yours to remove.</td></tr>
<tr><th scope="row"><code>open_wall(to)</code></th><td>Lets these members' programs read your wall and write on it.</td><td>At most {{NAMES}} names in a list.</td></tr>
<tr><th scope="row"><code>send_message(to, text)</code></th><td>Sends a message to one member, in your name.</td><td>1 to {{TEXT_BYTES}} bytes, as for a post. {{POSTS}} messages are kept for a member, of one sender {{POSTS_OF_AUTHOR}}; the oldest make room, those of the sender with most messages first. Refused unless they accept messages from you.</td></tr>
<tr><th scope="row"><code>get_messages(limit=20)</code></th><td>Your messages: dictionaries of <code>number</code>, <code>sender</code>, <code>text</code>, <code>time</code>, <code>seconds</code>, newest first. Nobody else's program reads them.</td><td></td></tr>
<tr><th scope="row"><code>remove_message(number)</code></th><td>Removes one of your messages.</td><td>Refused if there is none of this number.</td></tr>
<tr><th scope="row"><code>accept_messages(senders)</code></th><td>Lets these members' programs send you messages.</td><td>At most {{NAMES}} names in a list.</td></tr>
<tr><th scope="row"><code>share_file(path, to)</code></th><td>Lets these members' programs read the file your program keeps under this path, as its last finished run left it.</td><td>At most {{SHARED_FILES}} files; a path of at most {{PATH_BYTES}} bytes.</td></tr>
<tr><th scope="row"><code>list_shared(username=None)</code></th><td>The files a member shares with you, or you share: dictionaries of <code>path</code> and <code>bytes</code>.</td><td></td></tr>
<tr><th scope="row"><code>get_shared(username, path)</code></th><td>The content of such a file, as <code>bytes</code>.</td><td>Refused unless it is shared with you and there, and has at most {{SHARED_BYTES}}.</td></tr>
<tr><th scope="row"><code>get_sharing()</code></th><td>What you have opened, and to whom: a dictionary of <code>visits</code>, <code>wall</code>, <code>messages</code> and <code>files</code>.</td><td></td></tr>
</tbody>
</table>
</div>
<p>A <code>limit</code> is 1 to {{LIST_LIMIT}}. A <code>time</code> is text, in UTC, such as <code>Wed Nov 25 07:30:44 2026</code>; <code>seconds</code> is the same moment as a number, as <code>time.time()</code> counts.</p>
</section>
<section class="card" aria-labelledby="consent-title">
<h2 id="consent-title">Who lets whom</h2>
<p>Everything about you is shut until your own program opens it: nobody's program writes on your wall, sends you a message, reads who visited you or reads a file of yours before. <code>to</code> and <code>senders</code> say to whom: a list of members' names, or the word <code>"everybody"</code>. What is said last counts, all of it; an empty list shuts again.</p>
<pre tabindex="0" aria-label="Opening and shutting">
api.open_wall(["alice", "bob"])     # these two, and nobody else
api.open_wall("everybody")          # all members
api.open_wall([])                   # nobody but you
</pre>
<p>What is open stays open, whether your program says it again or not, until it is shut or you save a profile that is no program. <code>api.get_sharing()</code> tells what it is at the moment. The other way round: whoever's program you look at learns your name, and may keep it and show it; what you post or send is theirs to show.</p>
</section>
<section class="card" aria-labelledby="files-title">
<h2 id="files-title">Files</h2>
<p>A program starts in an empty directory of its own, <code>/</code>, and finds there again what its last run left. Nobody else's program sees it.</p>
<pre tabindex="0" aria-label="A counter">
import json
try:
    with open("count.json") as file:
        count = json.load(file)
except FileNotFoundError:
    count = 0
with open("count.json", "w") as file:
    json.dump(count + 1, file)
</pre>
<ul>
<li>There is room for {{FILES_BYTES}} in {{FILES_INODES}} files and directories. Past either, writing raises <code>OSError</code>, “No space left on device”.</li>
<li>Files and directories are kept; links, pipes and sockets are not. Your program's page names what was left out.</li>
<li>They are kept when a run ends by itself, with an error too. <strong>A run that is stopped keeps nothing it wrote.</strong></li>
</ul>
</section>
<section class="card" aria-labelledby="pay-title">
<h2 id="pay-title">Paying</h2>
<ul>
<li>Saving a program lets it pay from your account, while somebody else or you look at your page, within the limits on your home page: so much in any hour, so much of it to one member. Set them to zero and it pays nothing. A new password ends it, until you save the program again.</li>
<li><strong>Write first, then pay.</strong> A payment stands whatever becomes of the run, its files do not. A program that notes a gift only after it was made can be made to forget it.</li>
<li>A payment belongs to the visit it was made in, and can be made within {{TICKET_SECONDS}} seconds of it.</li>
<li>“Could not tell whether … was paid” is rare, and means what it says: look at your journal before you pay again.</li>
</ul>
</section>
<section class="card" aria-labelledby="limits-title">
<h2 id="limits-title">Time, memory and what is not there</h2>
<div class="scroll" tabindex="0" role="group" aria-label="Limits of one run">
<table class="calls">
<caption>Limits of one run</caption>
<thead><tr><th scope="col">Of</th><th scope="col">Limit</th><th scope="col">Past it</th></tr></thead>
<tbody>
<tr><th scope="row">Time</th><td>{{TIMEOUT}}, its wait for a turn included</td><td>the run is stopped</td></tr>
<tr><th scope="row">Memory</th><td>{{MEMORY}}</td><td><code>MemoryError</code></td></tr>
<tr><th scope="row">Output</th><td>{{OUTPUT}}</td><td>the rest is cut off, and the run is stopped</td></tr>
<tr><th scope="row">Files</th><td>{{FILES_BYTES}}, {{FILES_INODES}} files and directories</td><td><code>OSError</code></td></tr>
<tr><th scope="row">Threads</th><td>7 beside the first</td><td><code>RuntimeError</code>, “can't start new thread”</td></tr>
<tr><th scope="row">Calls</th><td>{{API_CALLS}}</td><td><code>ApiError</code>; {{PATIENCE}} refusals later the run is stopped</td></tr>
<tr><th scope="row">Its source</th><td>{{SOURCE}}</td><td>it is not saved</td></tr>
</tbody>
</table>
</div>
<p>The standard library can be imported, all that works without the rest of a machine. There is no network and there are no other processes: opening a socket, starting a process, and everything else that would leave the room raises <code>PermissionError</code>. Each such attempt is noted on your program's page and in the site's log. After {{DENIALS}} of them in one run, the run is stopped; a program that goes on trying is slowed, then paused.</p>
</section>
<section class="card" aria-labelledby="ends-title">
<h2 id="ends-title">How it ends</h2>
<ul>
<li>At its last line, or by <code>sys.exit()</code>: all is well. Threads that still run are waited for.</li>
<li>By an error nobody caught: what it had printed is shown, with one line that it failed. You, and nobody else, also see the traceback, and find the last one on your program's page.</li>
<li>Stopped, at one of the limits above: what it had printed is shown, its files are as they were before.</li>
</ul>
<p>“Run as I would see it”, on your home page, tries a text before you save it: as if you looked at your own page, with what it printed, its traceback, the time and memory it took and what it was denied. Nothing of a trial stays. It finds the files of the last real run; payments are judged by the balances alone, and only the trial itself sees them; what it opens, posts or sends is judged, then forgotten.</p>
</section>
