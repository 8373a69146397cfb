<h1>{{HEADING}}</h1>
{{#WARNING}}
<p class="message warning" role="alert">{{TEXT}}</p>
{{/WARNING}}
{{#NOTICE}}
<p class="message notice" role="status">{{TEXT}}</p>
{{/NOTICE}}
{{#MUST_CHANGE}}
<p class="message warning" role="alert">Before you can save it, choose your own password: <a href="/zoobar/index.cgi/password" target="_blank">open the form in another window</a>, and come back here afterwards.</p>
{{/MUST_CHANGE}}
<section class="card text" aria-labelledby="profile-title">
<h2 id="profile-title">Your profile</h2>
@PROFILE_FORM@
<p class="hint"><a href="/zoobar/index.cgi/">Go to the home page without this text</a></p>
</section>
