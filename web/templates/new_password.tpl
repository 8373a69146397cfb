{{#KNOWN}}<h1>Change your password</h1>{{/KNOWN}}
{{#ONE_TIME}}
<h1>Choose your own password</h1>
<p>You have logged in with a one-time password from the operator of this site. Choose a password that only you know. Then you can go on.</p>
{{/ONE_TIME}}
{{#WARNING}}
<p class="message warning" role="alert">{{TEXT}}</p>
{{/WARNING}}
<section class="card">
{{>PASSWORD}}
</section>
{{#ONE_TIME}}
<p>Not you? <a href="/zoobar/index.cgi/logout">Log out</a></p>
{{/ONE_TIME}}
<script src="/zoobar/media/strength.js" integrity="{{STRENGTH_HASH}}" defer></script>
