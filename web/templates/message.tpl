<section class="card lone" aria-labelledby="message-title">
<p class="code" aria-hidden="true">{{STATUS}}</p>
<h1 id="message-title">{{HEADING}}</h1>
<p>{{TEXT}}</p>
{{#REQUEST}}<p class="request">Request <code>{{TEXT}}</code></p>
{{/REQUEST}}<p class="actions"><a class="button primary" href="/zoobar/index.cgi/">Go to the home page</a></p>
</section>
