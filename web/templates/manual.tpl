<h1>Writing a program</h1>
<section class="card" aria-labelledby="what-title">
<h2 id="what-title">What a program is</h2>
<p>A profile whose first line is <code>#!python</code> is a Python 3 program. It runs on the server each time somebody visits your page, and the page shows its output. <code>#!python3</code>, <code>#!/usr/bin/python3</code> and <code>#!/usr/bin/env python3</code> mean the same, and empty lines may come before. A text whose first line only looks like one of these is not saved; the home page says what is wrong with it.</p>
<pre tabindex="0" aria-label="A first program">
#!python
import html
visitor = api.get_visitor()
print(f"&lt;p&gt;Hello, &lt;i&gt;{html.escape(visitor)}&lt;/i&gt;&lt;/p&gt;")
</pre>
<ul>
<li><strong>It acts for you</strong>, whoever visits: it pays from your account and writes in your name.</li>
<li><strong>Everybody can read it.</strong> Programs are public. Do not put passwords or other secrets in one.</li>
<li>Its output is HTML. As in any profile, scripts and styles are removed; a preview, and your own visit to your page, name what was removed. Output without any HTML tag is shown as plain text, with its line breaks. Put <code>html.escape()</code> around text that other members chose, including names.</li>
<li>Each run is a process of its own. It can reach the modules that it may import and your program's files, and nothing else on the machine.</li>
<li>Your program runs once at a time. A visitor sees the output of one finished run, or a line that the program is busy.</li>
</ul>
<p>Examples:{{#EXAMPLE}} <a href="/zoobar/index.cgi/?example={{EXAMPLE_NAME:url_query_escape}}">{{EXAMPLE_NAME}}</a>{{/EXAMPLE}}.</p>
</section>
<section class="card" aria-labelledby="calls-title">
<h2 id="calls-title">API calls</h2>
<p>A program starts with two globals, <code>api</code> and <code>ApiError</code>. Each call is a method of <code>api</code>. You can also call it by name: <code>api.get_user_info(username)</code> is the same as <code>api.call("get_user_info", username=username)</code>. A refused call raises <code>ApiError</code>; its text says why. A run may make {{API_CALLS}} calls. A call may have at most {{REQUEST}}, its answer at most {{REPLY}}, a name at most {{NAME_BYTES}} bytes.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Calls about members and zoobars">
<table class="calls">
<caption>Members and zoobars</caption>
<thead><tr><th scope="col">Call</th><th scope="col">Returns</th><th scope="col">Refused when</th></tr></thead>
<tbody>
<tr><th scope="row"><code>get_self()</code></th><td>Your name, as text.</td><td></td></tr>
<tr><th scope="row"><code>get_visitor()</code></th><td>The name of the visitor. It may be your own.</td><td></td></tr>
<tr><th scope="row"><code>get_user_info(username)</code></th><td>A dictionary of <code>username</code>, <code>profile</code> (the saved text; for a program, its source) and <code>zoobars</code>; <code>None</code> if there is no member with this name.</td><td></td></tr>
<tr><th scope="row"><code>get_xfers(username)</code></th><td>The member's {{TRANSFERS}} newest transfers, newest first: dictionaries of <code>sender</code>, <code>recipient</code>, <code>amount</code>, <code>time</code>.</td><td>there is no member with this name</td></tr>
<tr><th scope="row"><code>xfer(target, zoobars)</code></th><td>Pays a whole number of zoobars, 1 or more, from you to the member <code>target</code>. Returns your new balance.</td><td>you do not have that many, <code>target</code> is not a member or is you, or the payment exceeds your limits</td></tr>
</tbody>
</table>
</div>
<div class="scroll" tabindex="0" role="group" aria-label="Calls about what members share">
<table class="calls">
<caption>What members share</caption>
<thead><tr><th scope="col">Call</th><th scope="col">What it does</th><th scope="col">Limits, and when it is refused</th></tr></thead>
<tbody>
<tr><th scope="row"><code>get_visits(username=None, limit=20)</code></th><td>Who has visited the member's program, or yours: dictionaries of <code>visitor</code>, <code>visits</code> (how many), <code>time</code> and <code>seconds</code> of the last visit, newest first.</td><td>The last {{VISITORS}} visitors. Visits within a minute count as one; your own do not count. Refused unless shared with you.</td></tr>
<tr><th scope="row"><code>share_visits(to)</code></th><td>Lets these members' programs read who visited you.</td><td>At most {{NAMES}} names in a list.</td></tr>
<tr><th scope="row"><code>get_wall(username=None, limit=20)</code></th><td>The posts on the member's wall, or yours: dictionaries of <code>number</code>, <code>author</code>, <code>text</code>, <code>time</code>, <code>seconds</code>, newest first.</td><td>Refused unless the wall is open to you.</td></tr>
<tr><th scope="row"><code>post(text, username=None)</code></th><td>Writes on the member's wall, or yours, in your name. Returns the post's number.</td><td>1 to {{TEXT_BYTES}} bytes; the only control characters allowed are tab and line end. A wall keeps {{POSTS}} posts, {{POSTS_OF_AUTHOR}} of each other author. When it is full, the oldest post of the author with the most posts is removed. Refused unless the wall is open to you.</td></tr>
<tr><th scope="row"><code>remove_post(number, username=None)</code></th><td>Removes any post from your own wall, or your own post from another member's.</td><td>Refused if there is no such post, or it is not yours to remove.</td></tr>
<tr><th scope="row"><code>open_wall(to)</code></th><td>Lets these members' programs read your wall and write on it.</td><td>At most {{NAMES}} names in a list.</td></tr>
<tr><th scope="row"><code>send_message(to, text)</code></th><td>Sends a message to one member, in your name.</td><td>1 to {{TEXT_BYTES}} bytes, as for a post. A member keeps {{POSTS}} messages, {{POSTS_OF_AUTHOR}} of each sender. When there is no more room, the oldest message of the sender with the most messages is removed. Refused unless the member accepts messages from you.</td></tr>
<tr><th scope="row"><code>get_messages(limit=20)</code></th><td>Your messages: dictionaries of <code>number</code>, <code>sender</code>, <code>text</code>, <code>time</code>, <code>seconds</code>, newest first. No other member's program can read them.</td><td></td></tr>
<tr><th scope="row"><code>remove_message(number)</code></th><td>Removes one of your messages.</td><td>Refused if there is no message with this number.</td></tr>
<tr><th scope="row"><code>accept_messages(senders)</code></th><td>Lets these members' programs send you messages.</td><td>At most {{NAMES}} names in a list.</td></tr>
<tr><th scope="row"><code>share_file(path, to)</code></th><td>Lets these members' programs read the file that your program keeps at this path, as its last finished run left it.</td><td>At most {{SHARED_FILES}} files; a path of at most {{PATH_BYTES}} bytes.</td></tr>
<tr><th scope="row"><code>list_shared(username=None)</code></th><td>The files that the member shares with you, or that you share: dictionaries of <code>path</code> and <code>bytes</code>.</td><td></td></tr>
<tr><th scope="row"><code>get_shared(username, path)</code></th><td>The content of such a file, as <code>bytes</code>.</td><td>At most {{SHARED_BYTES}}. Refused unless the file exists and is shared with you.</td></tr>
<tr><th scope="row"><code>get_sharing()</code></th><td>What you share, and with whom: a dictionary of <code>visits</code>, <code>wall</code>, <code>messages</code> and <code>files</code>.</td><td></td></tr>
</tbody>
</table>
</div>
<p>A <code>limit</code> is 1 to {{LIST_LIMIT}}. A <code>time</code> is text in UTC, such as <code>Wed Nov 25 07:30:44 2026</code>; <code>seconds</code> is the same time as a number, as <code>time.time()</code> returns it.</p>
</section>
<section class="card" aria-labelledby="consent-title">
<h2 id="consent-title">Sharing</h2>
<p>Your wall, your messages, your list of visitors and your files are private until your own program shares them. Until then, no other member's program can write on your wall, send you a message, read who visited you, or read your files. <code>to</code> and <code>senders</code> are a list of members' names, or the word <code>"everybody"</code>. Each call replaces the earlier list. An empty list stops sharing.</p>
<pre tabindex="0" aria-label="Starting and stopping to share">
api.open_wall(["alice", "bob"])     # these two members only
api.open_wall("everybody")          # all members
api.open_wall([])                   # only you
</pre>
<p>Sharing continues, even if your program does not repeat the call, until your program stops it or you save a profile that is not a program. <code>api.get_sharing()</code> returns what you share now. Note: when you visit a member's page, that member's program learns your name and may keep it and show it. It may also show what you post or send to that member.</p>
</section>
<section class="card" aria-labelledby="pictures-title">
<h2 id="pictures-title">Pictures and packages</h2>
<p><code>api.show(picture, alt=text)</code> prints a picture. <code>picture</code> is a matplotlib figure, a PIL image, or the bytes of a PNG, JPEG, GIF, WebP or SVG file. <code>alt</code> is the text for readers who cannot see it. Without <code>picture</code>, it prints the current matplotlib figure. If the picture does not fit into the output of a run, it raises <code>ApiError</code>; draw it smaller or with fewer colours.</p>
<pre tabindex="0" aria-label="A picture">
api.show("""&lt;svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"&gt;
&lt;circle cx="50" cy="50" r="40" fill="teal"/&gt;&lt;/svg&gt;""", alt="a circle")
</pre>
<p>You can also print an <code>&lt;img&gt;</code> element yourself, with a data URL in base64 as its address. A picture has at most 4096 pixels on a side, and all pictures of a page together at most 8 million. Metadata is removed, and only the first frame of an animated GIF is shown. Of SVG, shapes, text, gradients and clip paths are shown; scripts, links, style sheets, filters and references to other files are removed. Pictures from other servers are not shown.</p>
{{#PACKAGES}}<p>Programs on this site can also import {{TEXT}}, and what these modules need. Importing large modules takes time and memory of the run, unless the operator has loaded them beforehand.</p>{{/PACKAGES}}
</section>
<section class="card" aria-labelledby="files-title">
<h2 id="files-title">Files</h2>
<p>A program has a directory of its own, <code>/</code>. It is empty at first and keeps what the last run left. No other member's program can see it.</p>
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
<li>There is room for {{FILES_BYTES}} in {{FILES_INODES}} files and directories. When either limit is reached, writing raises <code>OSError</code>, “No space left on device”.</li>
<li>Files and directories are kept; links, pipes and sockets are not. Your program log lists what was not kept.</li>
<li>They are kept when a run ends by itself, even with an error. <strong>If a run is stopped, nothing that it wrote is kept.</strong></li>
</ul>
</section>
<section class="card" aria-labelledby="pay-title">
<h2 id="pay-title">Payments</h2>
<ul>
<li>When you save a program, it may pay from your account while somebody visits your page. The limits are on your home page: a maximum for any hour, and a maximum for one member in that hour. Set them to 0 to turn payments off. Payments also stop when you change your password; save the program again to let it pay.</li>
<li><strong>Write first, then pay.</strong> A payment stays even if the run is stopped, but files that the run wrote do not. A program that records a gift only after paying can lose the record and pay again.</li>
<li>A program can pay only in the first {{TICKET_SECONDS}} seconds of a visit.</li>
<li>“Could not tell whether … was paid” is rare. Check your journal before you pay again.</li>
</ul>
</section>
<section class="card" aria-labelledby="limits-title">
<h2 id="limits-title">Limits</h2>
<div class="scroll" tabindex="0" role="group" aria-label="Limits of one run">
<table class="calls">
<caption>Limits of one run</caption>
<thead><tr><th scope="col">What</th><th scope="col">Limit</th><th scope="col">When exceeded</th></tr></thead>
<tbody>
<tr><th scope="row">Time</th><td>{{TIMEOUT}}, including the wait for a turn</td><td>the run is stopped</td></tr>
<tr><th scope="row">Memory</th><td>{{MEMORY}}</td><td><code>MemoryError</code></td></tr>
<tr><th scope="row">Output</th><td>{{OUTPUT}}</td><td>the rest is cut off and the run is stopped</td></tr>
<tr><th scope="row">Files</th><td>{{FILES_BYTES}}, {{FILES_INODES}} files and directories</td><td><code>OSError</code></td></tr>
<tr><th scope="row">Threads</th><td>7 besides the main thread</td><td><code>RuntimeError</code>, “can't start new thread”</td></tr>
<tr><th scope="row">Calls</th><td>{{API_CALLS}}</td><td><code>ApiError</code>; after {{PATIENCE}} more calls the run is stopped</td></tr>
<tr><th scope="row">Source</th><td>{{SOURCE}}</td><td>the program is not saved</td></tr>
</tbody>
</table>
</div>
<p>You can import Python's standard library. There is no network and there are no other processes: opening a socket, starting a process and every other attempt to leave the sandbox raises <code>PermissionError</code>. Each attempt appears in your program log and in the site's log. After {{DENIALS}} attempts in one run, the run is stopped.</p>
<p>A program whose runs are stopped for this again and again is slowed down, then paused, first for ten minutes. So is a program that tries many different blocked actions. An action that your program tries at each visit and does without counts only once, so visitors cannot cause a pause. Your program log says why your program is paused and until when. A pause is for the program that is saved: if you save a corrected one, it runs at once. The site remembers for some days how much your programs tried. A new program starts with an eighth of it, so saving one attack after the other does not help. Previews are counted and paused apart from your page.</p>
</section>
<section class="card" aria-labelledby="ends-title">
<h2 id="ends-title">How a run ends</h2>
<ul>
<li>At the last line, or by <code>sys.exit()</code>: the run is complete. Threads that still run can finish first.</li>
<li>By an error that it did not catch: the page shows the output so far, and one line that the program ended with an error. Only you also see the traceback, and all that the program wrote to standard output and standard error, in order. The latest error stays in your program log.</li>
<li>Stopped at one of the limits above: the page shows the output so far, and the files stay as they were before the run. At the time limit you also see which line was running.</li>
<li>Whatever ends a run, what it printed is shown: also after a crash, and when a thread does not end.</li>
</ul>
<p>“Run preview”, on your home page, runs a program before you save it, as if you visited your own page. It shows the output, the traceback, what the run used beside each limit, and blocked actions. A preview changes nothing. It sees the files of the last real run, and what it writes is not kept. Payments are checked against the balances only, and only the preview sees them. Sharing calls, posts and messages are checked, then discarded.</p>
</section>
